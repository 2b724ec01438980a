import {constants, fchmodSync, fstatSync, ftruncateSync, lchownSync, lutimesSync, openSync} from 'node:fs'
import type {NfsTime, SetAttributes, SetTime} from '../../nfs/wire/nfs3-attributes.js'
import {MAY_WRITE, isGranted, isInGroup, type Ownership} from './caller.js'
import {demandRegular, pathOf, type FileNode, type Request} from './file-node.js'
import {NfsFault} from './nfs-fault.js'

const S_ISUID = 0o4000
const S_ISGID = 0o2000

/** Opens a regular file without following a link and without waiting on a pipe. */
export function openRegular(request: Request, node: FileNode, flags: number): number {
  demandRegular(node)
  const fd = request.scope.add(openSync(pathOf(node), flags | constants.O_NOFOLLOW | constants.O_NONBLOCK))
  // Exchanged between the look and the opening: the handle does not mean this one.
  if (fstatSync(fd, {bigint: true}).ino !== node.stats.ino) throw new NfsFault('STALE')
  return fd
}

/**
 * Mode on the disk for a mode that clients see: ours to read and write whatever they set, and never set-uid, since the
 * file belongs to whoever runs the server.
 */
export function diskMode(mode: number, isDirectory: boolean): number {
  return (mode & 0o777) | (isDirectory ? 0o700 : 0o600)
}

function changedOwner(request: Request, node: FileNode, change: SetAttributes): Ownership {
  const {caller} = request
  const {owner} = node
  const isRoot = caller.uid === 0
  const uid = change.uid ?? owner.uid
  const gid = change.gid ?? owner.gid
  if (!isRoot && caller.uid !== owner.uid && (change.uid ?? change.gid ?? change.mode) !== undefined)
    throw new NfsFault('PERM')
  if (!isRoot && (uid !== owner.uid || (gid !== owner.gid && !isInGroup(caller, gid)))) throw new NfsFault('PERM')
  let mode = change.mode === undefined ? owner.mode : change.mode & 0o7777
  // chown(2): what ran with the old owner's rights must not run with the new one's.
  const handsOver = change.mode === undefined && (change.uid ?? change.gid) !== undefined
  if (handsOver && !node.stats.isDirectory()) mode = withoutSetId(mode)
  if (change.mode !== undefined && !isRoot && !isInGroup(caller, gid)) mode &= ~S_ISGID
  return {uid, gid, mode}
}

function withoutSetId(mode: number): number {
  return mode & ~(S_ISUID | ((mode & 0o010) === 0 ? 0 : S_ISGID))
}

const isChosen = (time: SetTime): time is NfsTime => typeof time === 'object'

function demandTimes(request: Request, node: FileNode, change: SetAttributes): void {
  if (request.caller.uid === 0 || request.caller.uid === node.owner.uid) return
  if (isChosen(change.atime) || isChosen(change.mtime)) throw new NfsFault('PERM')
  if (change.atime === 'keep' && change.mtime === 'keep') return
  if (!isGranted(request.caller, node.owner, MAY_WRITE, node.stats.isDirectory())) throw new NfsFault('ACCES')
}

function setTimes(node: FileNode, change: SetAttributes): void {
  if (change.atime === 'keep' && change.mtime === 'keep') return
  const nowSeconds = Date.now() / 1000
  const seconds = (time: SetTime, keptNs: bigint): number => {
    if (time === 'keep') return Number(keptNs) / 1e9
    return time === 'server' ? nowSeconds : time.seconds + time.nanoseconds / 1e9
  }
  lutimesSync(pathOf(node), seconds(change.atime, node.stats.atimeNs), seconds(change.mtime, node.stats.mtimeNs))
}

const SIZE_LIMIT = BigInt(Number.MAX_SAFE_INTEGER)

function setSize(request: Request, node: FileNode, size: bigint): number {
  if (size > SIZE_LIMIT) throw new NfsFault('FBIG')
  const isOwner = request.caller.uid === node.owner.uid
  const fd = openRegular(request, node, constants.O_WRONLY)
  // A client checks the right to write when a file is opened, and may truncate what it holds open (nfsd does the same).
  if (!isOwner && !isGranted(request.caller, node.owner, MAY_WRITE, false)) throw new NfsFault('ACCES')
  ftruncateSync(fd, Number(size))
  return fd
}

/** Drops set-uid and set-gid of a file that somebody other than root has changed. */
export function clearSetId(request: Request, node: FileNode): void {
  if (request.caller.uid === 0 || (node.owner.mode & (S_ISUID | S_ISGID)) === 0) return
  setOwnership(request, node, {...node.owner, mode: withoutSetId(node.owner.mode)})
}

/** Records owner and mode, and lets the change time on the disk move on. */
export function setOwnership(request: Request, node: FileNode, owner: Ownership): void {
  const {table} = request.served
  table.set(node.key, {...table.get(node.key), ...owner, generation: table.generation(node.key)})
  if (node.stats.isDirectory()) fchmodSync(node.directoryFd, diskMode(owner.mode, true))
  else if (node.stats.isFile()) fchmodSync(openRegular(request, node, constants.O_RDONLY), diskMode(owner.mode, false))
  // There is no lchmod, and a special file's mode is left alone on the disk; nobody's owner changes, but the time does.
  else lchownSync(pathOf(node), -1, -1)
}

/**
 * SETATTR of everything that is given, after all rights have been checked.
 * @returns descriptor of the file when its size was set, for the caller to sync
 * @throws NfsFault PERM, ACCES, ISDIR, INVAL, FBIG
 */
export function changeAttributes(request: Request, node: FileNode, change: SetAttributes): number | undefined {
  const owner = changedOwner(request, node, change)
  demandTimes(request, node, change)
  const fd = change.size === undefined ? undefined : setSize(request, node, change.size)
  if (fd !== undefined) clearSetId(request, node)
  if ((change.uid ?? change.gid ?? change.mode) !== undefined) setOwnership(request, node, owner)
  setTimes(node, change)
  return fd
}
