import {closeSync, constants, mkdirSync, openSync, symlinkSync} from 'node:fs'
import {KEEP_ATTRIBUTES, type SetAttributes} from '../../../nfs/wire/nfs3-attributes.js'
import type {Created} from '../../../nfs/wire/nfs3-results.js'
import {MAY_EXECUTE, MAY_WRITE, isGranted, type Ownership} from '../caller.js'
import {changeAttributes, diskMode} from '../change-attributes.js'
import {
  checkName,
  childNode,
  demandAccess,
  demandChangeable,
  demandDirectory,
  demandWritableExport,
  findChild,
  handleOf,
  isDot,
  refreshed,
  type FileNode,
  type Request,
} from '../file-node.js'
import {attributesNow, wccOf} from '../node-attributes.js'
import {NfsFault} from '../nfs-fault.js'
import {below} from '../open-directory.js'
import {resolveHandle} from '../resolve-handle.js'
import {settle} from '../settle.js'
import type {ArgumentsFor, Serve} from './procedure-types.js'

const S_ISGID = 0o2000
const EXCLUSIVE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW

/** Owner of a new entry: the caller, and in a set-gid directory the directory's group (as ext4 does). */
function firstOwner({caller}: Request, directory: FileNode, mode: number, isDirectory: boolean): Ownership {
  const inherits = (directory.owner.mode & S_ISGID) !== 0
  return {
    uid: caller.uid,
    gid: inherits ? directory.owner.gid : caller.gid,
    mode: (mode & 0o7777) | (inherits && isDirectory ? S_ISGID : 0),
  }
}

function adopt(request: Request, directory: FileNode, name: string, owner: Ownership): FileNode {
  const {served} = request
  served.listings.drop(directory.key)
  const made = childNode(request, directory, name)
  served.table.set(made.key, {...owner, generation: served.table.nextGeneration(made.key)})
  return refreshed(served, made)
}

/** Only root may give a new file away; times and size are set like those of any file of the caller's. */
function applyRest(request: Request, node: FileNode, wanted: SetAttributes): void {
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

async function answer(request: Request, directory: FileNode, node: FileNode): Promise<Created> {
  await settle(request, [directory.directoryFd])
  const {served} = request
  return {handle: handleOf(served, node), attributes: attributesNow(served, node), dirWcc: wccOf(served, directory)}
}

/** The directory, after everything that MKDIR and SYMLINK check: rights before existence, as the kernel's server. */
function openForNew(request: Request, dir: Buffer, name: string): FileNode {
  const directory = demandDirectory(resolveHandle(request, dir))
  checkName(name)
  demandChangeable(request, directory)
  if (isDot(name)) throw new NfsFault('EXIST')
  return directory
}

export const mkdir: Serve<'mkdir'> = async ({dir, name, attributes}, request) => {
  const directory = openForNew(request, dir, name)
  const mode = attributes.mode ?? 0
  mkdirSync(below(directory.directoryFd, name), diskMode(mode, true))
  const node = adopt(request, directory, name, firstOwner(request, directory, mode, true))
  applyRest(request, node, {...attributes, size: undefined})
  return answer(request, directory, node)
}

/** The text is stored as it is, wherever it points: the server never follows it. */
export const symlink: Serve<'symlink'> = async ({dir, name, attributes, target}, request) => {
  const directory = openForNew(request, dir, name)
  if (target === '' || target.includes('\0')) throw new NfsFault('INVAL')
  symlinkSync(target, below(directory.directoryFd, name))
  const node = adopt(request, directory, name, firstOwner(request, directory, 0o777, false))
  applyRest(request, node, {...attributes, size: undefined})
  return answer(request, directory, node)
}

type CreateHow = ArgumentsFor<'create'>['how']

function reuse(request: Request, existing: FileNode, how: CreateHow): void {
  if (how.mode === 'guarded') throw new NfsFault('EXIST')
  if (how.mode === 'exclusive') {
    const isRetry = request.served.table.get(existing.key)?.verifier === how.verifier.toString('hex')
    if (!isRetry) throw new NfsFault('EXIST')
    return
  }
  if (!existing.stats.isFile()) throw new NfsFault('EXIST')
  const {size} = how.attributes
  if (size === undefined) return
  demandWritableExport(request)
  if (!isGranted(request.caller, existing.owner, MAY_WRITE, false)) throw new NfsFault('ACCES')
  changeAttributes(request, existing, {...KEEP_ATTRIBUTES, size})
}

function makeFile(request: Request, directory: FileNode, name: string, how: CreateHow): FileNode {
  demandChangeable(request, directory)
  const attributes = how.mode === 'exclusive' ? KEEP_ATTRIBUTES : how.attributes
  const mode = attributes.mode ?? 0
  closeSync(openSync(below(directory.directoryFd, name), EXCLUSIVE, diskMode(mode, false)))
  const node = adopt(request, directory, name, firstOwner(request, directory, mode, false))
  const entry = request.served.table.get(node.key)
  if (how.mode === 'exclusive' && entry !== undefined)
    request.served.table.set(node.key, {...entry, verifier: how.verifier.toString('hex')})
  applyRest(request, node, attributes)
  return node
}

export const create: Serve<'create'> = async ({dir, name, how}, request) => {
  const directory = demandDirectory(resolveHandle(request, dir))
  checkName(name)
  demandAccess(request, directory, MAY_EXECUTE)
  if (isDot(name)) throw new NfsFault('EXIST')
  const existing = findChild(request, directory, name)
  if (existing === undefined) return answer(request, directory, makeFile(request, directory, name, how))
  reuse(request, existing, how)
  return answer(request, directory, existing)
}
