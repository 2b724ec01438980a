import {runWork} from '../engine/work.js'
import {vchFindings, type WholeVchFacts} from '../model/drift.js'
import {shellQuote} from '../model/redaction.js'
import {
  verdictOf,
  worstFirst,
  worstVerdict,
  type ShareStatus,
  type StatusReport,
  type VchStatus,
} from '../model/status-report.js'
import {VicnfsError} from '../model/vicnfs-error.js'
import type {Adapters, ServiceOptions} from './adapters.js'
import {createConfigurationLook, type ConfigurationSight} from './status/configuration-sight.js'
import {vchFacts, viewOfConsumer} from './status/consumer-view.js'
import {lookAtDocker, type DockerSight} from './status/docker-sight.js'
import {findShares} from './status/find-shares.js'
import {findServers} from './status/found-servers.js'
import {readJournal, type JournalSight} from './status/journal-sight.js'
import {shareRow, type FoundShare} from './status/share-row.js'
import {consumerLabels} from './status/store-places.js'
import {volumesInUse} from './status/volumes-in-use.js'

export {statusExitCode as exitCodeOfStatus, type StatusReport} from '../model/status-report.js'

/** Which shares; all without. Several names, or labels, are any of them. */
export interface StatusOptions {
  readonly volumes?: readonly string[]
  readonly labels?: readonly string[]
}

/** A look that can be repeated: what must not be asked twice is remembered (S8). */
export interface StatusLook {
  look(options: StatusOptions, serviceOptions: ServiceOptions): Promise<StatusReport>
}

interface Sights {
  readonly server: DockerSight
  readonly consumer: DockerSight
  readonly configured: ConfigurationSight
  readonly journal: JournalSight
}

function vchStatus(sight: DockerSight, roles: VchStatus['roles'], name: string | null): VchStatus {
  const {api, info, error} = sight
  return {
    roles,
    endpoint: api.endpoint,
    kind: info?.kind ?? 'unknown',
    name: info?.name ?? name,
    version: info?.version ?? null,
    api: error === undefined ? 'running' : 'down',
    error: error === undefined ? null : {code: error.code, message: error.message},
  }
}

function vchsOf({server, consumer, configured, journal}: Sights): VchStatus[] {
  const name = (configured.asked ? configured.configuration.name : undefined) ?? journal.name ?? null
  if (server === consumer) return [vchStatus(server, ['server', 'consumer'], name)]
  return [vchStatus(server, ['server'], null), vchStatus(consumer, ['consumer'], name)]
}

function wholeVch(sight: DockerSight, {configured, journal, server, consumer}: Sights): WholeVchFacts {
  const isConsumer = sight === consumer
  const known: ConfigurationSight = isConsumer ? configured : {asked: false, why: ''}
  return {
    vch: isConsumer ? vchFacts(sight, known, journal.name) : vchFacts(sight, known),
    open: isConsumer ? journal.open : [],
    exchanges: sight === server ? journal.exchanges : [],
    ...(isConsumer && journal.version !== undefined ? {journalledVersion: journal.version} : {}),
  }
}

/** Stores that a VCH uses and of which nobody tells where they lie. */
function unexplained({consumer}: Sights, shares: readonly ShareStatus[]): string {
  const known = new Set(shares.flatMap(({stores}) => stores.map(({label}) => label)))
  const labels = (consumer.info?.onlineStores ?? []).filter((label) => !known.has(label))
  if (labels.length === 0) return ''
  const of = `of "${consumer.info?.name ?? ''}"`
  return labels.length === 1
    ? `; where the store ${labels.join()} ${of} lies is not known`
    : `; where the stores ${labels.join(', ')} ${of} lie is not known`
}

function notAsked(sights: Sights, shares: readonly ShareStatus[]): StatusReport['notAsked'] {
  const {configured, journal, server, consumer} = sights
  const down = [...new Set([server, consumer])].filter(({error}) => error !== undefined)
  return [
    ...(configured.asked ? [] : [{what: 'vic-machine', why: `${configured.why}${unexplained(sights, shares)}`}]),
    ...(journal.unreadable === undefined ? [] : [{what: 'journal', why: journal.unreadable}]),
    ...down.map(({api, error}) => ({what: 'Docker API', why: error?.message ?? api.endpoint})),
  ]
}

/** Nothing is known of what was asked for. @throws VN-SHARE-NO-SERVER; the VCH's own error while it is down */
function refuseUnknown(shares: readonly ShareStatus[], options: StatusOptions, {server, consumer}: Sights): void {
  const error = server.error ?? consumer.error
  if (shares.length === 0 && error !== undefined) throw error
  const known = new Set(shares.map(({name}) => name))
  const missing = options.volumes?.find((name) => !known.has(name))
  if (missing !== undefined) {
    throw new VicnfsError('VN-SHARE-NO-SERVER', `Nothing is known of a share of the volume "${missing}".`, {
      tries: ['vicnfs status', shellQuote(['vicnfs', 'expose-volume', missing])],
    })
  }
  const labels = new Set(shares.flatMap(({stores}) => stores.map(({label}) => label)))
  const label = options.labels?.find((each) => !labels.has(each))
  if (label === undefined) return
  throw new VicnfsError('VN-STORE-UNKNOWN', `No share is known to be the volume store "${label}".`, {
    tries: ['vicnfs status'],
  })
}

function isAskedFor({volumes = [], labels = []}: StatusOptions, name: string | null, own: readonly string[]): boolean {
  if (volumes.length === 0 && labels.length === 0) return true
  return (name !== null && volumes.includes(name)) || own.some((label) => labels.includes(label))
}

const NAMES = new Intl.Collator('en', {numeric: true})

const nameOf = ({server, orphan}: FoundShare): string | null => server?.request.name ?? orphan?.name ?? null

/** By name, with share-2 before share-10; what has no name comes last. */
function byTitle(a: ShareStatus, b: ShareStatus): number {
  const title = ({name, address, path}: ShareStatus): string => name ?? `${address ?? ''}${path ?? ''}`
  if ((a.name === null) !== (b.name === null)) return a.name === null ? 1 : -1
  return NAMES.compare(title(a), title(b))
}

async function rowsOf(
  adapters: Adapters,
  sights: Sights,
  options: {readonly asked: StatusOptions; readonly nowMs: number; readonly signal: AbortSignal},
): Promise<ShareStatus[]> {
  const {asked, nowMs, signal} = options
  const {server, consumer, configured, journal} = sights
  const view = await viewOfConsumer(adapters, consumer, {configured, journal, signal})
  // By label alone, only a look at each share tells whether it is one of them.
  const names = (asked.labels ?? []).length > 0 ? [] : (asked.volumes ?? [])
  const {wanted, others} = await findServers(server, {names, signal})
  const found = await findShares(adapters, {server, wanted, others, view, served: journal.served}, {signal})
  const shares = found.filter((share) =>
    isAskedFor(
      asked,
      nameOf(share),
      share.stores.map(({label}) => label),
    ),
  )
  const labels = new Set(shares.flatMap(({stores}) => consumerLabels(stores)))
  const uses = await volumesInUse(consumer, labels, signal)
  const around = {
    selfHosted: server === consumer,
    serverEndpoint: server.api.endpoint,
    nowMs,
    uses,
    exchanges: journal.exchanges,
  }
  return shares.map((share) => shareRow(share, around)).sort(byTitle)
}

function reportOf(sights: Sights, shares: readonly ShareStatus[], nowMs: number): StatusReport {
  const {server, consumer} = sights
  const findings = worstFirst([...new Set([server, consumer])].flatMap((sight) => vchFindings(wholeVch(sight, sights))))
  return {
    at: new Date(nowMs).toISOString(),
    verdict: worstVerdict([...shares.map(({verdict}) => verdict), verdictOf(findings, 'running')]),
    vchs: vchsOf(sights),
    shares,
    findings,
    notAsked: notAsked(sights, shares),
  }
}

/**
 * A repeatable look at every share. It takes no lock, starts nothing and changes nothing; vic-machine is asked only where
 * it is set, once a minute at most, and never again once it refused.
 */
export function createStatusLook(adapters: Adapters, now: () => number = () => Date.now()): StatusLook {
  const lookAtConfiguration = createConfigurationLook(adapters)
  const sightsOf = async (signal: AbortSignal, nowMs: number): Promise<Sights> => {
    const server = lookAtDocker(adapters.server, {signal})
    const other = adapters.selfHosted ? server : lookAtDocker(adapters.consumer, {signal})
    const [ofServer, consumer] = await Promise.all([server, other])
    const configured = await lookAtConfiguration(consumer, signal)
    const {id, vcenter} = configured.asked ? configured.configuration : {}
    const vch = id === undefined || vcenter === undefined ? {} : {vch: {id, vcenter}}
    const journal = await readJournal(adapters, {...vch, nowMs, signal})
    return {server: ofServer, consumer, configured, journal}
  }
  return {
    look: (asked, serviceOptions) =>
      runWork(
        (work) =>
          work.step('look', 'Look at the shares', async (step) => {
            const nowMs = now()
            const sights = await sightsOf(step.signal, nowMs)
            const shares = await rowsOf(adapters, sights, {asked, nowMs, signal: step.signal})
            refuseUnknown(shares, asked, sights)
            step.note(`${shares.length} found`)
            return reportOf(sights, shares, nowMs)
          }),
        serviceOptions,
      ),
  }
}

/**
 * How every share is, found from the platform and the records on the shares; the journal of this machine only adds.
 * @throws VN-SHARE-NO-SERVER, VN-STORE-UNKNOWN for what nobody knows; VN-VCH-… where nothing at all can be said
 */
export async function statusOf(
  options: StatusOptions,
  adapters: Adapters,
  serviceOptions: ServiceOptions,
): Promise<StatusReport> {
  return createStatusLook(adapters).look(options, serviceOptions)
}
