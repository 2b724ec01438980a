import {linkSync, renameSync, rmdirSync, unlinkSync} from 'node:fs'
import {MAY_WRITE, isKeptBySticky} from '../caller.js'
import {
  checkName,
  childNode,
  demandAccess,
  demandChangeable,
  demandDirectory,
  findChild,
  isDot,
  pathOf,
  type FileNode,
  type Request,
} from '../file-node.js'
import {attributesNow, wccOf} from '../node-attributes.js'
import {NfsFault} from '../nfs-fault.js'
import {below} from '../open-directory.js'
import {resolveHandle} from '../resolve-handle.js'
import {settle} from '../settle.js'
import type {Serve} from './procedure-types.js'

/** Forgets a name that was taken away; with the last name of a file, its owner and mode too. */
function forget({served}: Request, directory: FileNode, node: FileNode): void {
  served.listings.drop(directory.key)
  served.listings.drop(node.key)
  served.index.forget(node.key)
  if (node.stats.isDirectory() || node.stats.nlink === 1n) served.table.remove(node.key)
}

function demandNotKept(request: Request, directory: FileNode, node: FileNode): void {
  if (isKeptBySticky(request.caller, directory.owner, node.owner)) throw new NfsFault('PERM')
}

export const remove: Serve<'remove'> = async ({dir, name}, request) => {
  const directory = demandDirectory(resolveHandle(request, dir))
  checkName(name)
  if (isDot(name)) throw new NfsFault('ACCES')
  demandChangeable(request, directory)
  const node = childNode(request, directory, name)
  if (node.stats.isDirectory()) throw new NfsFault('ISDIR')
  demandNotKept(request, directory, node)
  unlinkSync(below(directory.directoryFd, name))
  forget(request, directory, node)
  await settle(request, [directory.directoryFd])
  return {dirWcc: wccOf(request.served, directory)}
}

export const rmdir: Serve<'rmdir'> = async ({dir, name}, request) => {
  const directory = demandDirectory(resolveHandle(request, dir))
  checkName(name)
  // RFC 1813 § 3.3.13 names these two.
  if (name === '.') throw new NfsFault('INVAL')
  if (name === '..') throw new NfsFault('EXIST')
  demandChangeable(request, directory)
  const node = demandDirectory(childNode(request, directory, name))
  demandNotKept(request, directory, node)
  rmdirSync(below(directory.directoryFd, name))
  forget(request, directory, node)
  await settle(request, [directory.directoryFd])
  return {dirWcc: wccOf(request.served, directory)}
}

interface Move {
  readonly from: FileNode
  readonly to: FileNode
  readonly moved: FileNode
  readonly replaced: FileNode | undefined
}

function demandMovable(request: Request, {from, to, moved, replaced}: Move): void {
  demandNotKept(request, from, moved)
  if (replaced !== undefined) demandNotKept(request, to, replaced)
  // A directory that moves gets another `..`, which is a change of the directory itself.
  if (moved.stats.isDirectory() && from.key !== to.key) demandAccess(request, moved, MAY_WRITE)
  if (replaced === undefined || replaced.stats.isDirectory() === moved.stats.isDirectory()) return
  throw new NfsFault(replaced.stats.isDirectory() ? 'EXIST' : 'NOTDIR')
}

function recordMove(request: Request, {from, to, moved, replaced}: Move, toName: string): void {
  if (replaced !== undefined) forget(request, to, replaced)
  request.served.listings.drop(from.key)
  request.served.listings.drop(to.key)
  request.served.index.record(moved.key, to.key, toName)
}

export const rename: Serve<'rename'> = async ({fromDir, fromName, toDir, toName}, request) => {
  const from = demandDirectory(resolveHandle(request, fromDir))
  const to = demandDirectory(resolveHandle(request, toDir))
  for (const name of [fromName, toName]) checkName(name)
  if (isDot(fromName) || isDot(toName)) throw new NfsFault('INVAL')
  demandChangeable(request, from)
  demandChangeable(request, to)
  const moved = childNode(request, from, fromName)
  const move: Move = {from, to, moved, replaced: findChild(request, to, toName)}
  // Two names of one file: rename(2) leaves both, RFC 1813 § 3.3.14 wants success.
  if (move.replaced?.key !== moved.key) {
    demandMovable(request, move)
    renameSync(below(from.directoryFd, fromName), below(to.directoryFd, toName))
    recordMove(request, move, toName)
    await settle(request, [from.directoryFd, to.directoryFd])
  }
  return {fromDirWcc: wccOf(request.served, from), toDirWcc: wccOf(request.served, to)}
}

export const link: Serve<'link'> = async ({handle, dir, name}, request) => {
  const node = resolveHandle(request, handle)
  const directory = demandDirectory(resolveHandle(request, dir))
  checkName(name)
  demandChangeable(request, directory)
  if (isDot(name)) throw new NfsFault('EXIST')
  if (node.stats.isDirectory()) throw new NfsFault('ISDIR')
  linkSync(pathOf(node), below(directory.directoryFd, name))
  request.served.listings.drop(directory.key)
  request.served.index.record(node.key, directory.key, name)
  await settle(request, [directory.directoryFd])
  return {attributes: attributesNow(request.served, node), dirWcc: wccOf(request.served, directory)}
}
