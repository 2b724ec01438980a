import {KEEP_ATTRIBUTES, type SetAttributes} from '../../../nfs/wire/nfs3-attributes.js'
import type {Created} from '../../../nfs/wire/nfs3-results.js'
import type {Ownership} from '../caller.js'
import {changeAttributes} from '../change-attributes.js'
import {
  checkName,
  childNode,
  demandChangeable,
  demandDirectory,
  handleOf,
  isDot,
  refreshed,
  type FileNode,
  type Request,
} from '../file-node.js'
import {attributesNow, wccOf} from '../node-attributes.js'
import {NfsFault} from '../nfs-fault.js'
import {resolveHandle} from '../resolve-handle.js'
import {settle} from '../settle.js'

const S_ISGID = 0o2000

/** Owner of a new entry: the caller, and in a set-gid directory the directory's group (as ext4 does). */
export function firstOwner({caller}: Request, directory: FileNode, mode: number, isDirectory: boolean): Ownership {
  const inherits = (directory.owner.mode & S_ISGID) !== 0
  return {
    uid: caller.uid,
    gid: inherits ? directory.owner.gid : caller.gid,
    mode: (mode & 0o7777) | (inherits && isDirectory ? S_ISGID : 0),
  }
}

/** Gives an entry that was just made on the disk its owner, its mode and an identity that no earlier file had. */
export function adopt(request: Request, directory: FileNode, name: string, owner: Ownership): FileNode {
  const {served} = request
  served.listings.drop(directory.key)
  const made = childNode(request, directory, name)
  served.table.set(made.key, {...owner, generation: served.table.nextGeneration(made.key)})
  return refreshed(served, made)
}

/** Only root may give a new file away; times and size are set like those of any file of the caller's. */
export function applyRest(request: Request, node: FileNode, wanted: SetAttributes): void {
  const isRoot = request.caller.uid === 0
  const {size, atime, mtime} = wanted
  const ids = isRoot ? {uid: wanted.uid, gid: wanted.gid} : {}
  // The mode goes along, or the change of owner would clear the set-id bits that were just asked for.
  const mode = isRoot && (wanted.uid ?? wanted.gid) !== undefined ? node.owner.mode : undefined
  changeAttributes(request, node, {
    ...KEEP_ATTRIBUTES,
    ...ids,
    mode,
    size: size === 0n ? undefined : size,
    atime,
    mtime,
  })
}

/** The reply, once the entry is on stable storage. */
export async function answerCreated(
  request: Request,
  directory: FileNode,
  {node, changedFd}: {readonly node: FileNode; readonly changedFd?: number | undefined},
): Promise<Created> {
  await settle(request, changedFd === undefined ? [directory.directoryFd] : [directory.directoryFd, changedFd])
  const {served} = request
  return {handle: handleOf(served, node), attributes: attributesNow(served, node), dirWcc: wccOf(served, directory)}
}

/** The directory, after everything that MKDIR, SYMLINK and MKNOD check: rights before existence, as the kernel's server. */
export function openForNew(request: Request, dir: Buffer, name: string): FileNode {
  const directory = demandDirectory(resolveHandle(request, dir))
  checkName(name)
  demandChangeable(request, directory)
  if (isDot(name)) throw new NfsFault('EXIST')
  return directory
}
