import type {ConsumerRecord, RecordedConsumer} from '../../model/consumer-record.js'
import {VicnfsError} from '../../model/vicnfs-error.js'
import type {ShareAddress} from '../../nfs/preflight/report.js'
import type {ShareSession} from '../../nfs/share-access.js'
import {readFolderRecord, type ShareReader} from '../registration/folder-record.js'
import {onShare, readRecord, type FoundRecord} from '../registration/record.js'

export interface Consumers {
  readonly recorded: readonly RecordedConsumer[]
  /** Volumes of a VCH that no record names. */
  readonly unrecordedVolumes: number
}

function understood(found: FoundRecord, folder: string): ConsumerRecord | undefined {
  if (found !== 'unreadable') return found
  throw new VicnfsError(
    'VN-OTHER-CONSUMER',
    `The record in "${folder === '' ? '/' : folder}" of the share cannot be understood.`,
    {
      reason: 'It may have been written by a newer vicnfs for a VCH that uses the share.',
    },
  )
}

async function readAll(
  adapters: ShareReader,
  place: ShareAddress,
  options: {readonly session: ShareSession; readonly signal: AbortSignal},
): Promise<Consumers> {
  const {session} = options
  const entries = ((await session.list('')) ?? []).filter((entry) => entry.isDirectory)
  const folders = entries.map((entry) => entry.name)
  const recorded: RecordedConsumer[] = []
  const add = (found: FoundRecord, folder: string): void => {
    const record = understood(found, folder)
    if (record !== undefined) recorded.push({folder, record})
  }
  add(await readRecord(session), '')
  for (const entry of entries.filter(({name}) => !name.startsWith('.'))) {
    add(await readFolderRecord(adapters, place, {...options, entry}), entry.name)
  }
  const hasMetadata = folders.includes('volumes_metadata')
  const volumes = hasMetadata ? ((await session.list('volumes_metadata')) ?? []) : []
  const rootRecorded = recorded.some((each) => each.folder === '')
  return {recorded, unrecordedVolumes: rootRecorded ? 0 : volumes.length}
}

/** Reads who uses a share: the record of its root and of each first-level directory (DESIGN § 4). */
export async function readConsumers(
  adapters: ShareReader,
  place: ShareAddress,
  signal: AbortSignal,
): Promise<Consumers> {
  return onShare(adapters, place, {signal, body: (session) => readAll(adapters, place, {session, signal})})
}
