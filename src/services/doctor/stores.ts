import type {Check} from '../../model/check.js'
import {recordIsAbout} from '../../model/consumer-record.js'
import {dockerCommand} from '../../model/docker-command.js'
import type {ErrorCode} from '../../model/error-table.js'
import {shellQuote} from '../../model/redaction.js'
import {traitsOf} from '../../model/vic-version.js'
import {storeUrl, type VolumeStore} from '../../model/volume-store.js'
import type {PreflightReport} from '../../nfs/preflight/report.js'
import {isOfThisMachine} from '../preflight-url.js'
import {onShare, readRecord} from '../registration/record.js'
import {exposeCommand} from '../share/expose-command.js'
import type {ServerContainer} from '../share/find-server.js'
import {WITHOUT_STORES, type ExamineContext} from './context.js'
import {isServerOf, onceServed, placeOfStore, requestAgain} from './places.js'
import {check, failed, needed, notAsked, ok, sentenceOf, warning, type Verdict} from './verdict.js'

/** A registered NFS store as it was found; without a report its URL is one that no VCH can use. */
export interface StoreLook {
  readonly store: VolumeStore
  readonly report?: PreflightReport
  readonly problem?: string
}

/** Every registered NFS store, also those of others, tried from this machine. */
export async function lookAtStores({sights}: ExamineContext): Promise<StoreLook[]> {
  const stores = await needed(sights.nfsStores(), WITHOUT_STORES)
  return Promise.all(
    stores.map(async (store) => {
      try {
        return {store, report: await sights.ladder(placeOfStore(store))}
      } catch (error) {
        return {store, problem: (error as Error).message}
      }
    }),
  )
}

interface Way {
  readonly fix: readonly string[]
  readonly advice: string
}

const ANY_SERVER = 'Any NFS server that answers at this address and path will do.'

/** The servers of the server VCH, or undefined where it cannot be asked. */
async function serversOf({sights}: ExamineContext): Promise<readonly ServerContainer[] | undefined> {
  return sights.server.servers().catch(() => undefined)
}

/** How the server of a dead store is brought back; a VCH that is down cannot start what runs on itself. */
async function wayBack(context: ExamineContext, store: VolumeStore): Promise<Way> {
  const {sights, adapters, options} = context
  const servers = await serversOf(context)
  const server = servers?.find((each) => isServerOf(each, store))
  const look = shellQuote(['vicnfs', 'preflight', storeUrl(store), '--read-only'])
  if (server !== undefined) {
    const {container, request} = server
    const {endpoint} = (await sights.server.side()).api
    return container.state === 'running'
      ? {
          fix: [look, dockerCommand(endpoint, ['logs', container.name])],
          advice: 'Its server container runs; its log says more.',
        }
      : {fix: [exposeCommand(request)], advice: 'Its server container is stopped: start it.'}
  }
  const share = onceServed(await adapters.journal.history().catch(() => []), store)
  if (servers === undefined) {
    const own = share === undefined ? 'whose name begins with "vicnfs-"' : `"vicnfs-${share.name}"`
    return {
      fix: [look],
      advice: `If its server is the container VM ${own}, power that on in vSphere. ${ANY_SERVER}`,
    }
  }
  const volumes = await sights.server.volumes().catch(() => [])
  const guessed = volumes.find(
    ({name}) => store.path === `/exports/${name}` || store.path.startsWith(`/exports/${name}/`),
  )
  const known =
    share ?? (guessed === undefined ? undefined : {name: guessed.name, exportFolder: `/exports/${guessed.name}`})
  if (known === undefined) return {fix: [look], advice: `Start its NFS server again. ${ANY_SERVER}`}
  const networks = await sights.server.networks().catch(() => [])
  const again = requestAgain(known, placeOfStore(store), {image: options.image, networks})
  return {
    fix: [exposeCommand(again)],
    advice: `Its server container is gone; serve the volume "${known.name}" at the same address again.`,
  }
}

/** What a dead store means for the next boot, by release. */
function dangerOf(version: string | undefined): string {
  if (version === undefined) return 'From VIC 1.5.2 on the next boot of the VCH would loop'
  return traitsOf(version).bootLoop
    ? 'The next boot of the VCH would loop: no Docker API at all until it can be mounted'
    : 'The next boot of the VCH would leave it out without a word'
}

async function mountableVerdict(context: ExamineContext, look: StoreLook): Promise<Verdict> {
  const {store, report, problem} = look
  const url = storeUrl(store)
  if (report?.passed === true) return ok(`${url} can be mounted now.`)
  const version = await context.sights.identity().then(
    (identity) => identity.version,
    () => undefined,
  )
  const rung = report?.rungs.find(({state}) => state === 'failed')
  const why = rung === undefined ? (problem ?? 'no rung says why') : `${rung.title} failed: ${rung.finding}`
  const way = await wayBack(context, store)
  const isRemote =
    isOfThisMachine(rung?.code) && (await serversOf(context))?.some((each) => isServerOf(each, store)) !== true
  const from = isRemote ? ' Where this machine has no route, look from the VCH: --from vch.' : ''
  return failed(`${url} cannot be mounted: ${sentenceOf(why)} ${dangerOf(version)}.`, {
    ...(rung?.code === undefined ? {} : {code: rung.code as ErrorCode}),
    advice: `${way.advice}${from}`,
    fix: way.fix,
  })
}

async function recordVerdict(context: ExamineContext, {store, report}: StoreLook): Promise<Verdict> {
  const {sights, adapters, signal} = context
  if (report?.passed !== true) return notAsked('The share cannot be read.')
  const [{id}, {vcenter}] = await Promise.all([sights.identity(), sights.access()])
  const endpoint = await sights.consumer.side().then(
    (side) => side.endpoint.text,
    () => '',
  )
  const record = await onShare(adapters, placeOfStore(store), {signal, body: (session) => readRecord(session)})
  if (record === 'unreadable') return warning('It cannot be understood; a newer vicnfs may have written it.')
  if (record === undefined) {
    const ours = (await serversOf(context))?.some((each) => isServerOf(each, store)) === true
    const none = 'There is none, so other machines cannot tell whose volumes these are.'
    return ours
      ? warning(none, {advice: 'It is written when the store is registered by vicnfs.'})
      : ok('There is none: vicnfs did not register this store.')
  }
  if (recordIsAbout(record, {vcenter, vchId: id, endpoint})) return ok(`It names this VCH, as "${record.label}".`)
  return failed(`It names the VCH "${record.vchName}" (${record.vchId} in ${record.vcenter}), not this one.`, {
    code: 'VN-OTHER-CONSUMER',
    advice: "Two VCHs on one export delete each other's volumes. Give each a directory or a share of its own.",
  })
}

/** Every NFS store that the consumer VCH lists: whether it would find it at its next boot, and whose it is. */
export async function examineStores(context: ExamineContext): Promise<Check[]> {
  let looks: StoreLook[]
  try {
    looks = await lookAtStores(context)
  } catch {
    return [await check('stores.mountable', 'Registered NFS stores', () => notAsked(WITHOUT_STORES))]
  }
  if (looks.length === 0) {
    return [await check('stores.mountable', 'Registered NFS stores', () => ok('There are none.'))]
  }
  const checks = looks.map(async (look) => {
    const {label} = look.store
    return Promise.all([
      check(`stores.mountable.${label}`, `Store "${label}"`, () => mountableVerdict(context, look)),
      check(`stores.record.${label}`, `Record on "${label}"`, () => recordVerdict(context, look)),
    ])
  })
  return (await Promise.all(checks)).flat()
}
