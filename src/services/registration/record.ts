import {posix} from 'node:path'
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
import type {Adapters, TimeLimits} from '../adapters.js'
import {inServer} from '../share/in-server.js'
import type {ConsumerVch} from './identify-consumer.js'
import {consentFlags} from './recovery-steps.js'
import {otherConsumer, otherVchUse} from './other-vch.js'

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
  adapters: Pick<Adapters, 'nfs'> & {readonly limits: Pick<TimeLimits, 'stepTimeoutMs'>},
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

interface Wanted {
  readonly place: ShareAddress
  readonly label: string
  readonly share?: string
  readonly directory?: {readonly name: string}
  readonly consents?: {readonly allowSelfHosted: boolean; readonly addressReserved: boolean}
}

/** The command that takes over volumes which no record names. */
function adoptCommand({label, share, place, directory, consents}: Wanted): string {
  const from = share === undefined ? ['--url', shareUrl(place)] : ['--share', share]
  const within = share === undefined || directory === undefined ? [] : ['--directory', directory.name]
  const given = consents === undefined ? [] : consentFlags({...consents, adoptStore: false})
  return shellQuote(['vicnfs', 'register-store', label, ...from, ...within, '--adopt-store', ...given])
}

/**
 * Refuses when another VCH uses the export, or may use it without a record.
 * @throws VN-OTHER-CONSUMER, VN-UNRECORDED-VOLUMES
 */
export async function admitConsumer(
  vch: ConsumerVch,
  session: ShareSession,
  options: Wanted & {readonly adapters: Adapters; readonly adoptStore: boolean; readonly signal: AbortSignal},
): Promise<void> {
  const {adapters, place, label, adoptStore, signal} = options
  const record = await readRecord(session)
  if (record === 'unreadable') {
    throw new VicnfsError('VN-OTHER-CONSUMER', `The record ${RECORD_FILE} on the export cannot be understood.`, {
      reason: 'It may have been written by a newer vicnfs for another VCH.',
    })
  }
  if (record !== undefined) {
    if (recordIsAbout(record, {vcenter: vch.vcenter, vchId: vch.id, endpoint: vch.endpoint})) return
    const use = await otherVchUse(vch, record, {place, signal})
    if (use === 'none') return
    const recordFile = posix.join(place.path, RECORD_FILE)
    const removal = use === 'gone' ? await inServer(adapters, place, {argv: ['rm', recordFile], signal}) : []
    throw otherConsumer(record, {use, label, recordFile, removal, adopt: adoptCommand(options)})
  }
  const volumes = (await session.list('volumes_metadata')) ?? []
  if (volumes.length === 0 || adoptStore) return
  throw new VicnfsError(
    'VN-UNRECORDED-VOLUMES',
    `The export holds ${volumes.length} volume(s) of a VCH that is not recorded on it.`,
    {
      reason: 'Another VCH may be using them; if none does, they can be taken over.',
      tries: [adoptCommand(options)],
      details: {volumes: volumes.slice(0, 20).map((entry) => entry.name)},
    },
  )
}

interface RecordedStore {
  readonly label: string
  readonly place: ShareAddress
}

function recordOf(
  vch: ConsumerVch,
  {label, place: {path, uid, gid}}: RecordedStore,
): Omit<ConsumerRecord, 'writtenAt'> {
  const {name: vchName, id: vchId, vcenter, endpoint} = vch
  return {schemaVersion: 1, vchName, vchId, vcenter, endpoint, label, path, uid, gid}
}

/** Whether the record on the share says already, word for word, what would be written. */
export async function isRecorded(vch: ConsumerVch, session: ShareSession, store: RecordedStore): Promise<boolean> {
  const record = await readRecord(session)
  if (record === undefined || record === 'unreadable') return false
  return Object.entries(recordOf(vch, store)).every(([field, value]) => record[field as keyof ConsumerRecord] === value)
}

/** What a run leaves that was killed while it wrote a record. */
const DRAFT = /^\.vicnfs-[0-9a-f]+\.tmp$/

/** Removes what killed runs have left beside the record of a folder. @returns whether there is a place for a record */
export async function removeDrafts(session: ShareSession, folder = ''): Promise<boolean> {
  const place = folder === '' ? RECORD_FOLDER : `${folder}/${RECORD_FOLDER}`
  const entries = await session.list(place)
  for (const {name} of entries ?? []) if (DRAFT.test(name)) await session.removeFile(`${place}/${name}`)
  return entries !== undefined
}

/** Writes the record before configure, so that another machine, without the journal, still knows. */
export async function writeRecord(vch: ConsumerVch, session: ShareSession, store: RecordedStore): Promise<void> {
  const record: ConsumerRecord = {...recordOf(vch, store), writtenAt: new Date().toISOString()}
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
  if (!(await removeDrafts(session, folder))) return
  await session.removeFile(`${below}${RECORD_FILE}`)
  await session.removeDirectory(`${below}${RECORD_FOLDER}`)
}
