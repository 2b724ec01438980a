import {posix} from 'node:path'
import type {Check} from '../../model/check.js'
import {dockerCommand} from '../../model/docker-command.js'
import {
  METADATA_FOLDER,
  metadataFor,
  metadataProblems,
  VOLUMES_FOLDER,
  type MetadataEntry,
  type MetadataProblem,
  type StoreFolders,
} from '../../model/metadata-check.js'
import {shellQuote} from '../../model/redaction.js'
import type {VolumeStore} from '../../model/volume-store.js'
import {isVicnfsError} from '../../model/vicnfs-error.js'
import type {ShareEntry, ShareSession} from '../../nfs/share-access.js'
import {onShare} from '../registration/record.js'
import {serversOf} from '../share/find-server.js'
import {WITHOUT_STORES, type ExamineContext} from './context.js'
import {placeOfStore} from './places.js'
import {sideBySide} from '../../engine/side-by-side.js'
import {lookAtStores, type StoreLook} from './look-at-stores.js'
import {check, failed, notAsked, ok, warning, type Verdict} from './verdict.js'
import {parkedOf} from './way-back.js'

/** Metadata of VIC is a few hundred bytes. */
const MAX_METADATA_BYTES = 1024 * 1024
const AT_A_TIME = 8
const SHOWN = 3

/** Whether the share itself refuses this one entry; a share that is lost is no matter of an entry. */
function isOfEntry(error: unknown): boolean {
  return isVicnfsError(error) && (error.details['nfsStatus'] !== undefined || error.code === 'VN-NFS-SHARE-TOO-LARGE')
}

/** What the share says of one entry; undefined where it cannot be read. */
async function orUnreadable<T>(look: Promise<T>): Promise<T | undefined> {
  try {
    return await look
  } catch (error) {
    if (isOfEntry(error)) return undefined
    throw error
  }
}

async function readEntry(session: ShareSession, {name, isDirectory}: ShareEntry): Promise<MetadataEntry> {
  const folder = `${METADATA_FOLDER}/${name}`
  const listed = isDirectory ? await orUnreadable(session.list(folder)) : undefined
  if (listed === undefined) return {name, files: undefined}
  const files = await Promise.all(
    listed.map(async (file) => {
      if (file.isDirectory) return {name: file.name, content: undefined}
      const content = await orUnreadable(session.readFile(`${folder}/${file.name}`, MAX_METADATA_BYTES))
      return {name: file.name, content: content?.toString('utf8')}
    }),
  )
  return {name, files}
}

/** Reads the two folders of a store as a booting VCH does, without making or mounting anything. */
export async function readStoreFolders(session: ShareSession): Promise<StoreFolders> {
  const volumes = (await session.list(VOLUMES_FOLDER)) ?? []
  const entries = (await session.list(METADATA_FOLDER)) ?? []
  const metadata = await sideBySide(entries, AT_A_TIME, (entry) => readEntry(session, entry))
  return {volumes, metadata}
}

const EFFECTS = {
  'hides-store': 'From the next boot on the VCH shows no volume of this store, and no error either',
  'breaks-list': 'From the next boot on "docker volume ls" fails on the whole VCH',
  leftover: 'A volume of this name cannot be made',
} as const

function adviceFor({effect, repair, volume}: MetadataProblem, store: VolumeStore): string {
  const {move, write} = repair
  const steps = [
    ...(move === undefined ? [] : [`move ${move} out of the two folders`]),
    ...(write === undefined ? [] : [`write ${metadataFor(volume, store.label)} into ${write}`]),
  ].join(', then ')
  const how = `On the server, ${steps}; nothing is lost by that.`
  if (effect === 'leftover') return how
  return `${how} A VCH reads its volumes at boot only, so restart the endpoint VM in vSphere if they are hidden already.`
}

/** The commands that do it in the server container; none for the server of somebody else. */
async function fixFor(
  {sights, signal}: ExamineContext,
  store: VolumeStore,
  problem: MetadataProblem,
): Promise<string[]> {
  const servers = await sights.server.servers().catch(() => [])
  const running = servers.filter(({container}) => container.state === 'running')
  const [server] = await serversOf(running, store, {signal})
  if (server === undefined) return []
  const {endpoint} = (await sights.server.side()).api
  const inServer = (...argv: string[]): string => dockerCommand(endpoint, ['exec', server.container.name, ...argv])
  const {move, write} = problem.repair
  const commands: string[] = []
  if (move !== undefined) {
    const aside = posix.join(store.path, `set-aside-${move.replaceAll('/', '-')}`)
    commands.push(inServer('mv', posix.join(store.path, move), aside))
  }
  if (write !== undefined) {
    const file = posix.join(store.path, write)
    const metadata = metadataFor(problem.volume, store.label)
    const make = `${shellQuote(['mkdir', '-p', posix.dirname(file)])} && ${shellQuote(['echo', metadata])} > ${shellQuote([file])}`
    commands.push(inServer('sh', '-c', make))
  }
  return commands
}

const ORDER = ['breaks-list', 'hides-store', 'leftover'] as const

async function problemsVerdict(
  context: ExamineContext,
  store: VolumeStore,
  problems: readonly MetadataProblem[],
): Promise<Verdict> {
  const sorted = [...problems].sort((a, b) => ORDER.indexOf(a.effect) - ORDER.indexOf(b.effect))
  const [worst] = sorted
  if (worst === undefined) throw new Error('no problem to tell')
  const told = sorted.slice(0, SHOWN).map(({path, what}) => `${path} ${what}`)
  const more = sorted.length > SHOWN ? `, and ${sorted.length - SHOWN} more` : ''
  const say = worst.effect === 'leftover' ? warning : failed
  return say(`${told.join('; ')}${more}. ${EFFECTS[worst.effect]}.`, {
    code: 'VN-VOLUMES-HIDDEN',
    advice: adviceFor(worst, store),
    fix: await fixFor(context, store, worst),
  })
}

async function volumesVerdict(context: ExamineContext, {store, report}: StoreLook): Promise<Verdict> {
  if (report?.passed !== true) return notAsked('The share cannot be read.')
  const {adapters, signal} = context
  const parked = await parkedOf(context, store)
  if (parked !== undefined) return notAsked(`It is parked: its volumes are kept on "${parked.request.name}", unseen.`)
  const folders = await onShare(adapters, placeOfStore(store), {signal, body: readStoreFolders})
  const problems = metadataProblems(folders)
  if (problems.length > 0) return problemsVerdict(context, store, problems)
  const {length} = folders.volumes
  return ok(
    length === 0 ? 'It holds none.' : `${length} ${length === 1 ? 'volume has' : 'volumes have'} readable metadata.`,
  )
}

/** The volumes of every registered NFS store, as the next boot of the VCH would find them. */
export async function examineVolumes(context: ExamineContext): Promise<Check[]> {
  const looks = await lookAtStores(context).catch(() => undefined)
  if (looks === undefined) return [await check('volumes.stores', 'Volumes', () => notAsked(WITHOUT_STORES))]
  if (looks.length === 0) return [await check('volumes.stores', 'Volumes', () => ok('There is no NFS store.'))]
  return Promise.all(
    looks.map((look) =>
      check(`volumes.${look.store.label}`, `Volumes of "${look.store.label}"`, () => volumesVerdict(context, look)),
    ),
  )
}
