import {closeSync, constants, mkdirSync, openSync, symlinkSync} from 'node:fs'
import {bytesOf} from '../../../nfs/wire/byte-text.js'
import {KEEP_ATTRIBUTES} from '../../../nfs/wire/nfs3-attributes.js'
import {MAY_EXECUTE, MAY_WRITE, isGranted} from '../caller.js'
import {changeAttributes, diskMode} from '../change-attributes.js'
import {
  checkName,
  demandAccess,
  demandChangeable,
  demandDirectory,
  demandWritableExport,
  findChild,
  isDot,
  type FileNode,
  type Request,
} from '../file-node.js'
import {NfsFault} from '../nfs-fault.js'
import {below} from '../open-directory.js'
import {resolveHandle} from '../resolve-handle.js'
import {adopt, answerCreated, applyRest, firstOwner, openForNew} from './new-entry.js'
import type {ArgumentsFor, Serve} from './procedure-types.js'

export const mkdir: Serve<'mkdir'> = async ({dir, name, attributes}, request) => {
  const directory = openForNew(request, dir, name)
  const mode = attributes.mode ?? 0
  mkdirSync(below(directory.directoryFd, name), diskMode(mode, true))
  const node = adopt(request, directory, name, firstOwner(request, directory, mode, true))
  applyRest(request, node, {...attributes, size: undefined})
  return answerCreated(request, directory, {node})
}

/** The text is stored as it is, wherever it points: the server never follows it. */
export const symlink: Serve<'symlink'> = async ({dir, name, attributes, target}, request) => {
  const directory = openForNew(request, dir, name)
  if (target === '' || target.includes('\0')) throw new NfsFault('INVAL')
  symlinkSync(bytesOf(target), below(directory.directoryFd, name))
  const node = adopt(request, directory, name, firstOwner(request, directory, 0o777, false))
  applyRest(request, node, {...attributes, size: undefined})
  return answerCreated(request, directory, {node})
}

const EXCLUSIVE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW

type CreateHow = ArgumentsFor<'create'>['how']

/** @returns descriptor of the file when it was cut or extended */
function reuse(request: Request, existing: FileNode, how: CreateHow): number | undefined {
  if (how.mode === 'guarded') throw new NfsFault('EXIST')
  if (how.mode === 'exclusive') {
    const isRetry = request.served.table.get(existing.key)?.verifier === how.verifier.toString('hex')
    if (!isRetry) throw new NfsFault('EXIST')
    return undefined
  }
  if (!existing.stats.isFile()) throw new NfsFault('EXIST')
  const {size} = how.attributes
  if (size === undefined) return undefined
  demandWritableExport(request)
  if (!isGranted(request.caller, existing.owner, MAY_WRITE, false)) throw new NfsFault('ACCES')
  return changeAttributes(request, existing, {...KEEP_ATTRIBUTES, size})
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
  if (existing === undefined) return answerCreated(request, directory, {node: makeFile(request, directory, name, how)})
  const changedFd = reuse(request, existing, how)
  return answerCreated(request, directory, {node: existing, changedFd})
}
