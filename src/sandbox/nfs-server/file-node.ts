import type {BigIntStats} from 'node:fs'
import {bytesOf} from '../../nfs/wire/byte-text.js'
import {MAY_EXECUTE, MAY_WRITE, isGranted, type Caller, type Ownership} from './caller.js'
import type {ExportRule} from './export-options.js'
import {NfsFault} from './nfs-fault.js'
import {below, openChild, openRoot, statBelow, type DescriptorScope} from './open-directory.js'
import {inodeIdentity, keyOf, ownershipOf, type ServedExport} from './served-export.js'

/** What one request works with. */
export interface Request {
  readonly served: ServedExport
  readonly rule: ExportRule
  readonly caller: Caller
  readonly scope: DescriptorScope
}

/** A file as it was found for this request: an open directory and the name in it; a directory is `.` in itself. */
export interface FileNode {
  readonly directoryFd: number
  readonly name: string
  readonly stats: BigIntStats
  readonly key: string
  readonly owner: Ownership
}

export function nodeAt(served: ServedExport, directoryFd: number, name = '.'): FileNode {
  const stats = statBelow(directoryFd, name)
  const key = keyOf(inodeIdentity(stats, served.hasBirth))
  return {directoryFd, name, stats, key, owner: ownershipOf(served, key, stats)}
}

export function rootNode({served, scope}: Pick<Request, 'served' | 'scope'>): FileNode {
  return nodeAt(served, openRoot(served.rootDirectory, scope))
}

/** The same file as it is now. */
export function refreshed(served: ServedExport, node: FileNode): FileNode {
  return nodeAt(served, node.directoryFd, node.name)
}

/** Path for calls that do not follow a link in the last component. */
export function pathOf(node: FileNode): string | Buffer {
  return below(node.directoryFd, node.name)
}

export function handleOf(served: ServedExport, node: FileNode): Buffer {
  const generation = served.table.generation(node.key)
  return served.handles.encode({...inodeIdentity(node.stats, served.hasBirth), generation})
}

/**
 * An entry of a directory; a sub-directory is opened.
 * @throws NfsFault ACCES for a mount point: it belongs to another file system
 */
export function childNode(request: Pick<Request, 'served' | 'scope'>, directory: FileNode, name: string): FileNode {
  const {served, scope} = request
  const child = nodeAt(served, directory.directoryFd, name)
  if (child.stats.dev !== directory.stats.dev) throw new NfsFault('ACCES')
  served.index.record(child.key, directory.key, name)
  if (!child.stats.isDirectory()) return child
  const opened = nodeAt(served, openChild(directory.directoryFd, name, scope))
  if (opened.key !== child.key) throw new NfsFault('STALE')
  return opened
}

/** Like childNode, with undefined for a name that does not exist. */
export function findChild(request: Request, directory: FileNode, name: string): FileNode | undefined {
  try {
    return childNode(request, directory, name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

const NAME_BYTES = 255

/** @throws NfsFault for a name that no directory entry can have (RFC 1813 § 3.3) */
export function checkName(name: string): void {
  if (name === '' || name.includes('/') || name.includes('\0')) throw new NfsFault('ACCES')
  if (bytesOf(name).length > NAME_BYTES) throw new NfsFault('NAMETOOLONG')
}

export function isDot(name: string): boolean {
  return name === '.' || name === '..'
}

/** @throws NfsFault NOTDIR */
export function demandDirectory(node: FileNode): FileNode {
  if (!node.stats.isDirectory()) throw new NfsFault('NOTDIR')
  return node
}

/** @throws NfsFault ISDIR, or INVAL for symlinks and special files */
export function demandRegular(node: FileNode): FileNode {
  if (node.stats.isDirectory()) throw new NfsFault('ISDIR')
  if (!node.stats.isFile()) throw new NfsFault('INVAL')
  return node
}

export function demandWritableExport(request: Request): void {
  if (request.rule.readOnly) throw new NfsFault('ROFS')
}

/** @throws NfsFault ACCES */
export function demandAccess(request: Request, node: FileNode, wanted: number): void {
  if (!isGranted(request.caller, node.owner, wanted, node.stats.isDirectory())) throw new NfsFault('ACCES')
}

/** For every procedure that adds or takes away an entry. */
export function demandChangeable(request: Request, directory: FileNode): void {
  demandDirectory(directory)
  demandWritableExport(request)
  demandAccess(request, directory, MAY_WRITE | MAY_EXECUTE)
}
