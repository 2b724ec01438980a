import {waitFor} from '../../engine/wait-for.js'
import type {StepHandle, Work} from '../../engine/work.js'
import {dockerCommand} from '../../model/docker-command.js'
import {shellQuote} from '../../model/redaction.js'
import {shareUrl} from '../../model/share.js'
import {isVicnfsError, VicnfsError} from '../../model/vicnfs-error.js'
import type {PreflightReport, ShareAddress} from '../../nfs/preflight/report.js'
import type {ContainerState} from '../../vch/vch-api.js'
import type {Adapters} from '../adapters.js'
import type {StorePlace} from '../registration/store-place.js'
import {lookByContainer} from '../share-check/nfs-from-vch.js'
import type {VchRung} from '../share-check/report.js'
import {exposeCommand} from '../share/expose-command.js'
import {addressOf, type ServerContainer} from '../share/find-server.js'

/** A share that is to be taken down; `readable` when its records can be read over NFS right now. */
export interface ServerPlace extends ShareAddress, StorePlace {
  readonly readable: boolean
}

/** A server that starts, stops, or is in a state that we do not know may serve: none of these is down. */
const DOWN = new Set<ContainerState>(['created', 'exited'])
/** A packet that was lost, and a stop that is under way, are over soon. */
const TRIES = 3

function addressFor(server: ServerContainer): Omit<ServerPlace, 'readable'> {
  const {exportFolder: path, uid, gid} = server.request
  // Whoever made it anew by hand may have lost the address that it was given, at which the store is.
  const given = server.choice.address ?? ''
  const host = addressOf(server) || given
  return {host, path, uid, gid, ...(given === '' || given === host ? {} : {otherHosts: [given]})}
}

/** The place of a server that is down, where the journal may stand in for the records (DESIGN § 4). */
function placeOfStopped(server: ServerContainer, step: StepHandle): ServerPlace {
  const place = addressFor(server)
  if (place.host === '') {
    const {name} = server.request
    throw new VicnfsError(
      'VN-SERVER-DOWN',
      `The server container of "${name}" is not running, and its address is not known.`,
      {tries: [exposeCommand(server.request)]},
    )
  }
  step.unchanged('the server is down; what the journal knows must do')
  return {...place, readable: false}
}

/** What a look at a share has found, from wherever. */
interface Look {
  readonly rungs: readonly Omit<VchRung, 'durationMs'>[]
}

/** The records of a server that runs are there: whoever cannot read them must not act as if there were none (S4). */
function unreadable(
  server: ServerContainer,
  options: {readonly endpoint: string; readonly report: Look | undefined; readonly vch?: string},
): VicnfsError {
  const {endpoint, report, vch} = options
  const {name} = server.request
  const rung = report?.rungs.find(({state}) => state === 'failed')
  const place = addressFor(server)
  const look = place.host === '' ? [] : [shellQuote(['vicnfs', 'preflight', shareUrl(place), '--read-only'])]
  return new VicnfsError(
    'VN-SHARE-UNREADABLE',
    `The server container of "${name}" runs, but its share cannot be read from here${vch === undefined ? '' : ` or from "${vch}"`}.`,
    {
      reason: `${rung === undefined ? 'It did not answer in time' : `${rung.title} failed: ${rung.finding.replace(/\.$/, '')}`}. So nobody can tell which VCH would lose the share. Once a server that is broken for good is stopped, the journal stands in.`,
      tries: [...look, dockerCommand(endpoint, ['stop', server.container.name])],
      details: {...(rung === undefined ? {} : {rung: rung.id, code: rung.code}), container: server.container.name},
    },
  )
}

async function lookAgain(adapters: Adapters, server: ServerContainer, signal: AbortSignal): Promise<ServerContainer> {
  const container = await adapters.server.inspectContainer(server.container.id, {signal})
  return container === undefined ? server : {...server, container}
}

/** Reached by a container of the VCH, where this machine has no way to it. */
async function placeFromVch(
  adapters: Adapters,
  server: ServerContainer,
  {step, work}: {readonly step: StepHandle; readonly work: Work},
): Promise<ServerPlace> {
  const {signal} = step
  const place = addressFor(server)
  const {lookImage: image = server.request.image} = adapters.nfs
  const report = await lookByContainer(adapters, place, {image, work, signal})
  if (report.passed) {
    step.unchanged(`${place.host}:${place.path}, by a container of "${report.vch}"`)
    return {...place, readable: true}
  }
  const current = await lookAgain(adapters, server, signal)
  if (DOWN.has(current.container.state)) return placeOfStopped(current, step)
  throw unreadable(current, {endpoint: adapters.server.endpoint, report, vch: report.vch})
}

/** Whether this server is looked at from the VCH. */
async function isSeenFromVch(adapters: Adapters, server: ServerContainer, signal: AbortSignal): Promise<boolean> {
  const place = addressFor(server)
  if (DOWN.has(server.container.state) || place.host === '') return false
  return (await adapters.nfs.standpoint?.(place, {signal})) === 'vch'
}

/**
 * Where a server container is, or would be, reached; a stopped one is known by the address it was given.
 * @throws VN-SHARE-UNREADABLE, VN-SERVER-DOWN
 */
export async function placeOfServer(adapters: Adapters, server: ServerContainer, work: Work): Promise<ServerPlace> {
  const {stepTimeoutMs: rungTimeoutMs} = adapters.limits
  const {endpoint} = adapters.server
  return work.step('reach', 'Reach the share', async (step) => {
    if (await isSeenFromVch(adapters, server, step.signal)) return placeFromVch(adapters, server, {step, work})
    let [current, report]: [ServerContainer, PreflightReport | undefined] = [server, undefined]
    const attempt = async (n: number, {signal}: {readonly signal: AbortSignal}): Promise<ServerPlace | undefined> => {
      if (n > 1) current = await lookAgain(adapters, server, signal)
      if (DOWN.has(current.container.state)) return placeOfStopped(current, step)
      const place = addressFor(current)
      report = await adapters.nfs.preflight(place, {readOnly: true, signal, rungTimeoutMs})
      if (report.passed) step.unchanged(`${place.host}:${place.path}`)
      else if (n >= TRIES) throw unreadable(current, {endpoint, report})
      return report.passed ? {...place, readable: true} : undefined
    }
    return waitFor(attempt, {
      signal: step.signal,
      timeoutMs: rungTimeoutMs * (TRIES + 1),
      intervalMs: 500,
      isFinal: isVicnfsError,
      onTimeout: () => unreadable(current, {endpoint, report}),
    })
  })
}
