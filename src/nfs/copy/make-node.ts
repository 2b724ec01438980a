import {isNfsStatus} from '../client/nfs-status-error.js'
import type {CallOptions} from '../client/rpc-connection.js'
import {FILE_TYPE, KEEP_ATTRIBUTES, type Attributes, type SetAttributes} from '../wire/nfs3-attributes.js'
import {NFS3_STATUS} from '../wire/status.js'
import {UNDER_WAY} from './earlier-copy.js'
import {permissionsOf, type Tree, type TreeEntry} from './tree-entry.js'

const SPECIAL = {
  [FILE_TYPE.block]: 'block',
  [FILE_TYPE.character]: 'character',
  [FILE_TYPE.socket]: 'socket',
  [FILE_TYPE.fifo]: 'fifo',
} as const

/** A new entry that nobody else may look into before it has its owner. */
const CLOSED: SetAttributes = {...KEEP_ATTRIBUTES, mode: 0o700}

/** An empty one of the file system's own, which no listing shows, is taken as it is. */
async function makeFolder(
  to: Tree,
  place: {dir: Buffer; name: string},
  calls: CallOptions,
): Promise<Buffer | undefined> {
  try {
    return (await to.nfs.mkdir({...place, attributes: CLOSED}, calls)).handle
  } catch (error) {
    if (!isNfsStatus(error, NFS3_STATUS.EXIST.number)) throw error
    return undefined
  }
}

async function make(
  to: Tree,
  place: {readonly dir: Buffer; readonly name: string},
  options: {readonly source: TreeEntry; readonly target?: string; readonly calls: CallOptions},
): Promise<Buffer | undefined> {
  const {source, target = '', calls} = options
  const {type, rdevMajor, rdevMinor} = source.attributes
  if (type === FILE_TYPE.directory) return makeFolder(to, place, calls)
  if (type === FILE_TYPE.symlink) {
    return (await to.nfs.symlink({...place, attributes: KEEP_ATTRIBUTES, target}, calls)).handle
  }
  if (type === FILE_TYPE.regular) {
    const how = {mode: 'guarded', attributes: {...KEEP_ATTRIBUTES, mode: UNDER_WAY}} as const
    return (await to.nfs.create({...place, how}, calls)).handle
  }
  const kind = SPECIAL[type as keyof typeof SPECIAL]
  const node = {type: kind, attributes: CLOSED, rdevMajor, rdevMinor}
  return (await to.nfs.mknod({...place, node}, calls)).handle
}

/**
 * Makes an entry of the type of `source`.
 * @param options.target what a symbolic link says
 * @throws NfsStatusError, RpcError
 */
export async function makeNode(
  to: Tree,
  place: {readonly dir: Buffer; readonly name: string},
  options: {readonly source: TreeEntry; readonly target?: string; readonly calls: CallOptions},
): Promise<Buffer> {
  const made = await make(to, place, options)
  // A server may leave the handle out (post_op_fh3, RFC 1813 § 2.6).
  return made ?? (await to.nfs.lookup(place, options.calls)).handle
}

/** Gives owner, permissions and time of change; the owner first, since a change of owner takes set-uid away. */
export async function setLike(
  to: Tree,
  handle: Buffer,
  {attributes, calls}: {readonly attributes: Attributes; readonly calls: CallOptions},
): Promise<void> {
  const {uid, gid, mtime, type} = attributes
  const set = (wanted: Partial<SetAttributes>): Promise<unknown> =>
    to.nfs.setattr({handle, attributes: {...KEEP_ATTRIBUTES, ...wanted}, guardCtime: undefined}, calls)
  await set({uid, gid})
  // A symbolic link has no permissions of its own, and servers refuse to set them.
  if (type === FILE_TYPE.symlink) return
  await set({mode: permissionsOf(attributes), mtime})
}
