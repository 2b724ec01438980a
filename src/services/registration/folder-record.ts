import {posix} from 'node:path'
import {isVicnfsError, VicnfsError} from '../../model/vicnfs-error.js'
import type {ShareAddress} from '../../nfs/preflight/report.js'
import type {ShareEntry, ShareSession} from '../../nfs/share-access.js'
import type {Adapters, TimeLimits} from '../adapters.js'
import {inServer} from '../share/in-server.js'
import {onShare, readRecord, type FoundRecord} from './record.js'

/** mkfs makes it for root alone. Where root is squashed no client can use it, so it is no store. */
const OF_FILE_SYSTEM = 'lost+found'
const ROOT = {uid: 0, gid: 0}
const DENIED = new Set<unknown>(['NFS3ERR_ACCES', 'NFS3ERR_PERM', 'MNT3ERR_ACCES', 'MNT3ERR_PERM'])

function isDenied(error: unknown): boolean {
  return isVicnfsError(error) && DENIED.has(error.details['nfsStatus'])
}

/** What reading the records of a share needs; the server VCH only for what is said. */
export interface ShareReader extends Pick<Adapters, 'nfs' | 'server'> {
  readonly limits: Pick<TimeLimits, 'stepTimeoutMs'>
}

async function closedFolder(adapters: ShareReader, place: ShareAddress, options: Looking): Promise<VicnfsError> {
  const {name} = options.entry
  const argv = ['chmod', 'o+x', posix.join(place.path, name)]
  return new VicnfsError('VN-FOLDER-CLOSED', `Nobody here can look into the folder "${name}" of the share.`, {
    reason:
      `It is closed to uid ${place.uid}, to root and to its owner, and may be the store of another VCH: ` +
      'its record could not be seen. Let others pass through it (chmod o+x), or move it off the share.',
    tries: await inServer(adapters, place, {argv, signal: options.signal}),
    details: {folder: name, path: place.path, uid: place.uid},
  })
}

interface Looking {
  readonly session: ShareSession
  readonly entry: ShareEntry
  readonly signal: AbortSignal
}

/**
 * Reads the record of a first-level folder. One that the share's own uid may not look into can still be the store of a
 * VCH with another uid, so root and its owner are tried: whoever could use it as a store can look into it.
 * @throws VN-FOLDER-CLOSED
 */
export async function readFolderRecord(
  adapters: ShareReader,
  place: ShareAddress,
  options: Looking,
): Promise<FoundRecord> {
  const {session, entry, signal} = options
  const others = [ROOT, ...(entry.owner === undefined ? [] : [entry.owner])]
  const looks = [
    () => readRecord(session, entry.name),
    ...others.map(
      (owner) => () =>
        onShare(adapters, {...place, ...owner}, {signal, body: (again) => readRecord(again, entry.name)}),
    ),
  ]
  for (const look of looks) {
    try {
      return await look()
    } catch (error) {
      if (!isDenied(error)) throw error
    }
  }
  if (entry.name === OF_FILE_SYSTEM) return undefined
  throw await closedFolder(adapters, place, options)
}
