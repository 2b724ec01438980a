import {orElse} from '../../engine/or-else.js'
import type {ConsumerRecord} from '../../model/consumer-record.js'
import type {MountFacts} from '../../model/drift.js'
import {formatDuration} from '../../model/duration.js'
import type {SpaceStatus} from '../../model/status-report.js'
import {isVicnfsError} from '../../model/vicnfs-error.js'
import type {Rung, ShareAddress} from '../../nfs/preflight/report.js'
import type {ShareSession} from '../../nfs/share-access.js'
import type {Adapters} from '../adapters.js'
import {readFolderRecord} from '../registration/folder-record.js'
import {readRecord} from '../registration/record.js'

/** A record as it lies in a folder of the share. */
export interface SeenRecord {
  readonly folder: string
  readonly record: ConsumerRecord | 'unreadable'
}

/** What one look at a share from here brought; it changes nothing on it. */
export interface ShareLook {
  readonly mount: MountFacts
  /** null where the records could not be read. */
  readonly records: readonly SeenRecord[] | null
  readonly space: SpaceStatus | null
}

export const NOT_LOOKED: ShareLook = {mount: {mountable: null}, records: null, space: null}

/** Folders of every store, and of the file system; none of them is a store. */
const NO_STORES = new Set(['volumes', 'volumes_metadata', 'lost+found'])

async function readFolder(
  adapters: Adapters,
  place: ShareAddress,
  options: Parameters<typeof readFolderRecord>[2],
): Promise<SeenRecord | undefined> {
  try {
    const record = await readFolderRecord(adapters, place, options)
    return record === undefined ? undefined : {folder: options.entry.name, record}
  } catch (error) {
    if (!isVicnfsError(error) || error.code !== 'VN-FOLDER-CLOSED') throw error
    return {folder: options.entry.name, record: 'unreadable'}
  }
}

async function readRecords(
  adapters: Adapters,
  place: ShareAddress,
  options: {readonly session: ShareSession; readonly signal: AbortSignal},
): Promise<SeenRecord[]> {
  const {session} = options
  const root = await readRecord(session)
  const seen: SeenRecord[] = root === undefined ? [] : [{folder: '', record: root}]
  const entries = ((await session.list('')) ?? []).filter(
    ({name, isDirectory}) => isDirectory && !name.startsWith('.') && !NO_STORES.has(name),
  )
  for (const entry of entries) {
    const found = await readFolder(adapters, place, {...options, entry})
    if (found !== undefined) seen.push(found)
  }
  return seen
}

type Inside = Pick<ShareLook, 'records' | 'space'>

/** A share that can be mounted and whose records cannot be read is a share whose records are not known. */
async function readInside(
  adapters: Adapters,
  place: ShareAddress,
  options: {readonly session: ShareSession; readonly signal: AbortSignal; readonly stop: AbortSignal},
): Promise<Inside> {
  // Only the operator's own word ends the look: a share that is slow to be read is mountable all the same.
  const asked = {signal: options.stop}
  const records = await orElse(readRecords(adapters, place, options), null, asked)
  const space = await orElse(options.session.space?.() ?? Promise.resolve(null), null, asked)
  return {records, space}
}

function failure(rung: Rung | undefined): MountFacts {
  return {
    mountable: false,
    ...(rung?.code === undefined ? {} : {code: rung.code}),
    ...(rung === undefined ? {} : {finding: rung.finding}),
  }
}

/**
 * Looks at a share: the read-only ladder, the records on it, its space. All of it together has the time of one step, so
 * that a dead server holds nobody up.
 * @param options.inside false for a parked server, on which there is nothing to be read
 * @throws only the signal's reason
 */
export async function lookAtShare(
  adapters: Adapters,
  place: ShareAddress,
  options: {readonly inside: boolean; readonly signal: AbortSignal},
): Promise<ShareLook> {
  const {stepTimeoutMs} = adapters.limits
  const signal = AbortSignal.any([options.signal, AbortSignal.timeout(stepTimeoutMs)])
  try {
    let inside: Inside = {records: null, space: null}
    const whileMounted = async (session: ShareSession): Promise<void> => {
      inside = await readInside(adapters, place, {session, signal, stop: options.signal})
    }
    const report = await adapters.nfs.preflight(place, {
      ...{readOnly: true, signal, rungTimeoutMs: stepTimeoutMs},
      ...(options.inside ? {whileMounted} : {}),
    })
    if (report.passed) return {mount: {mountable: true}, ...inside}
    return {...NOT_LOOKED, mount: failure(report.rungs.find(({state}) => state === 'failed'))}
  } catch (error) {
    if (options.signal.aborted || !signal.aborted) throw error
    const finding = `it did not answer within ${formatDuration(stepTimeoutMs)}`
    return {...NOT_LOOKED, mount: {mountable: false, code: 'VN-NFS-TIMEOUT', finding}}
  }
}
