import {
  parseConsumerRecord,
  RECORD_FILE,
  RECORD_FOLDER,
  RECORD_MAX_BYTES,
  recordIsAbout,
  type ConsumerRecord,
} from '../../model/consumer-record.js'
import {shellQuote} from '../../model/redaction.js'
import {shareUrl} from '../../model/share.js'
import {VicnfsError} from '../../model/vicnfs-error.js'
import type {ShareAddress} from '../../nfs/preflight/report.js'
import type {ShareSession} from '../../nfs/share-access.js'
import type {Adapters} from '../adapters.js'
import type {ConsumerVch} from './identify-consumer.js'
import {storesAt} from './store-place.js'

/** A record as found: readable, or there but not understood. */
export type FoundRecord = ConsumerRecord | 'unreadable' | undefined

/** Whether a store of one of the VCH's own stores lies at this place. */
export function listsPlace(
  stores: readonly {host: string; path: string; scheme: string}[],
  place: ShareAddress,
): boolean {
  const bare = (path: string): string => path.replace(/\/+$/, '')
  return stores.some(
    (store) =>
      store.scheme === 'nfs' &&
      store.host.toLowerCase() === place.host.toLowerCase() &&
      bare(store.path) === bare(place.path),
  )
}

/** Runs `body` on the files of a share and closes the session whatever happens. */
export async function onShare<T>(
  adapters: Adapters,
  place: ShareAddress,
  options: {readonly signal: AbortSignal; readonly body: (session: ShareSession) => Promise<T>},
): Promise<T> {
  const session = await adapters.nfs.openShare(place, {
    signal: options.signal,
    timeoutMs: adapters.limits.stepTimeoutMs,
  })
  try {
    return await options.body(session)
  } finally {
    await session.close()
  }
}

/** Reads the record below a folder of the share (`''` for its root). */
export async function readRecord(session: ShareSession, folder = ''): Promise<FoundRecord> {
  const file = folder === '' ? RECORD_FILE : `${folder}/${RECORD_FILE}`
  const content = await session.readFile(file, RECORD_MAX_BYTES)
  return content === undefined ? undefined : (parseConsumerRecord(content.toString('utf8')) ?? 'unreadable')
}

/** Whether the VCH of a record still lists the place; undefined when it cannot be asked. */
export async function otherVchLists(
  vch: ConsumerVch,
  record: ConsumerRecord,
  options: {readonly place: ShareAddress; readonly signal: AbortSignal},
): Promise<boolean | undefined> {
  if (record.vcenter !== vch.vcenter) return undefined
  try {
    const configuration = await vch.access.program.inspectConfig({id: record.vchId}, {signal: options.signal})
    const listed = await storesAt(configuration.stores, options.place, ['same', 'below'])
    // Its own label for the place counts, too: the host may have been written in a way that no longer resolves.
    return (
      listed.length > 0 ||
      configuration.stores.some(
        (store) => store.scheme === 'nfs' && store.label === record.label && store.path === record.path,
      )
    )
  } catch {
    return undefined
  }
}

function otherConsumer(record: ConsumerRecord, options: {lists: boolean | undefined; label: string}): VicnfsError {
  const {lists, label} = options
  const known = lists === true ? 'It lists the export as a volume store' : 'It cannot be asked from here'
  return new VicnfsError(
    'VN-OTHER-CONSUMER',
    `The export is recorded as the store "${record.label}" of the VCH "${record.vchName}".`,
    {
      reason: `${known}. Two VCHs on one export would delete each other's volumes.`,
      tries: [`vicnfs expose-volume OTHER-VOLUME --register ${label}`],
      details: {vch: record.vchName, vcenter: record.vcenter, label: record.label},
    },
  )
}

/**
 * Refuses when another VCH uses the export, or may use it without a record.
 * @throws VN-OTHER-CONSUMER, VN-UNRECORDED-VOLUMES
 */
export async function admitConsumer(
  vch: ConsumerVch,
  session: ShareSession,
  options: {
    readonly place: ShareAddress
    readonly label: string
    readonly share?: string
    readonly adoptStore: boolean
    readonly signal: AbortSignal
  },
): Promise<void> {
  const {place, label, share, adoptStore, signal} = options
  const record = await readRecord(session)
  if (record === 'unreadable') {
    throw new VicnfsError('VN-OTHER-CONSUMER', `The record ${RECORD_FILE} on the export cannot be understood.`, {
      reason: 'It may have been written by a newer vicnfs for another VCH.',
    })
  }
  if (record !== undefined) {
    if (recordIsAbout(record, {vcenter: vch.vcenter, vchId: vch.id, endpoint: vch.endpoint})) return
    const lists = await otherVchLists(vch, record, {place, signal})
    if (lists !== false) throw otherConsumer(record, {lists, label})
    return
  }
  const volumes = (await session.list('volumes_metadata')) ?? []
  if (volumes.length === 0 || adoptStore) return
  const from = share === undefined ? ['--url', shareUrl(place)] : ['--share', share]
  throw new VicnfsError(
    'VN-UNRECORDED-VOLUMES',
    `The export holds ${volumes.length} volume(s) of a VCH that is not recorded on it.`,
    {
      reason: 'Another VCH may be using them; if none does, they can be taken over.',
      tries: [shellQuote(['vicnfs', 'register-store', label, ...from, '--adopt-store'])],
      details: {volumes: volumes.slice(0, 20).map((entry) => entry.name)},
    },
  )
}

/** Writes the record before configure, so that another machine, without the journal, still knows. */
export async function writeRecord(
  vch: ConsumerVch,
  session: ShareSession,
  options: {readonly label: string; readonly place: ShareAddress},
): Promise<void> {
  const {label, place} = options
  const record: ConsumerRecord = {
    schemaVersion: 1,
    vchName: vch.name,
    vchId: vch.id,
    vcenter: vch.vcenter,
    endpoint: vch.endpoint,
    label,
    path: place.path,
    uid: place.uid,
    gid: place.gid,
    writtenAt: new Date().toISOString(),
  }
  await session.makeDirectory(RECORD_FOLDER, 0o755)
  await session.writeFile(RECORD_FILE, Buffer.from(`${JSON.stringify(record, undefined, 2)}\n`))
}

/** Takes the record of this VCH off the share; one of another VCH, or one that cannot be read, stays. */
export async function removeOwnRecord(vch: ConsumerVch, session: ShareSession): Promise<void> {
  const record = await readRecord(session)
  if (record === undefined || record === 'unreadable') return
  if (recordIsAbout(record, {vcenter: vch.vcenter, vchId: vch.id, endpoint: vch.endpoint})) await removeRecord(session)
}

/** Removes the record of a folder (`''` for the root); only after `inspect config` has shown no store there. */
export async function removeRecord(session: ShareSession, folder = ''): Promise<void> {
  const below = folder === '' ? '' : `${folder}/`
  // A share that is exported read-only refuses to remove even what is not there.
  const entries = await session.list(`${below}${RECORD_FOLDER}`)
  if (entries === undefined) return
  await session.removeFile(`${below}${RECORD_FILE}`)
  // A run that was killed while it wrote the record leaves its draft behind.
  for (const {name} of entries.filter((entry) => entry.name.endsWith('.tmp'))) {
    await session.removeFile(`${below}${RECORD_FOLDER}/${name}`)
  }
  await session.removeDirectory(`${below}${RECORD_FOLDER}`)
}
