import {randomBytes} from 'node:crypto'
import {isNfsStatus} from '../client/nfs-status-error.js'
import type {Nfs3Client} from '../client/nfs3-client.js'
import type {CallOptions} from '../client/rpc-connection.js'
import type {ShareAddress} from '../preflight/report.js'
import type {ShareSession} from '../share-access.js'
import {KEEP_ATTRIBUTES} from '../wire/nfs3-attributes.js'
import {NFS3_STATUS} from '../wire/status.js'

/** In the root of a volume that a share moves to: whose copy it is, and what was set aside. */
export const MOVE_FOLDER = '.vicnfs-move'
const MARK = `${MOVE_FOLDER}/copy-of.json`
const MARK_MAX_BYTES = 16_384

function markOf({host, path}: ShareAddress): string {
  return `${JSON.stringify({schemaVersion: 1, host, path})}\n`
}

/** Whether the copy of this share was begun on a volume, by its mark. */
export async function isBegunCopy(session: ShareSession, from: ShareAddress): Promise<boolean> {
  const mark = await session.readFile(MARK, MARK_MAX_BYTES)
  return mark?.toString('utf8') === markOf(from)
}

/** Marks an empty volume as the begun copy of a share: from then on what is on it came from there. */
export async function markCopy(session: ShareSession, from: ShareAddress): Promise<void> {
  await session.makeDirectory(MOVE_FOLDER, 0o700)
  await session.writeFile(MARK, markOf(from))
}

/**
 * Takes the mark away once the volume is the share: whatever is on it then is nobody's copy.
 * @returns the names of what was set aside, and stays (S1)
 * @throws VN-NFS-SHARE-…
 */
export async function unmarkCopy(session: ShareSession): Promise<readonly string[]> {
  const entries = await session.list(MOVE_FOLDER)
  if (entries === undefined) return []
  await session.removeFile(MARK)
  const left = entries.map(({name}) => name).filter((name) => `${MOVE_FOLDER}/${name}` !== MARK)
  if (left.length === 0) await session.removeDirectory(MOVE_FOLDER)
  return left
}

interface Place {
  readonly dir: Buffer
  readonly name: string
}

async function moveFolderOf(to: {nfs: Nfs3Client; root: Buffer}, calls: CallOptions): Promise<Buffer> {
  const place = {dir: to.root, name: MOVE_FOLDER}
  try {
    await to.nfs.mkdir({...place, attributes: {...KEEP_ATTRIBUTES, mode: 0o700}}, calls)
  } catch (error) {
    if (!isNfsStatus(error, NFS3_STATUS.EXIST.number)) throw error
  }
  return (await to.nfs.lookup(place, calls)).handle
}

/**
 * Has an entry out of the way of what is to stand there: it keeps what it holds, in the folder of the move (S1).
 * @throws NfsStatusError, RpcError
 */
export async function setAside(
  to: {readonly nfs: Nfs3Client; readonly root: Buffer},
  {dir, name}: Place,
  calls: CallOptions,
): Promise<void> {
  const toDir = await moveFolderOf(to, calls)
  const toName = `aside-${randomBytes(6).toString('hex')}`
  await to.nfs.rename({fromDir: dir, fromName: name, toDir, toName}, calls)
}
