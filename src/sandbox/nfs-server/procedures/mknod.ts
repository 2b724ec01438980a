import {adopt, answerCreated, applyRest, firstOwner, openForNew} from './new-entry.js'
import {findChild, type FileNode, type Request} from '../file-node.js'
import {NfsFault} from '../nfs-fault.js'
import {makeFifo, makeSocket} from '../special-file.js'
import type {ArgumentsFor, Serve} from './procedure-types.js'

type Special = Extract<ArgumentsFor<'mknod'>['node'], {type: 'fifo' | 'socket'}>

async function make(request: Request, directory: FileNode, name: string, special: Special): Promise<FileNode> {
  const owner = firstOwner(request, directory, special.attributes.mode ?? 0, false)
  const adopted = (): FileNode => adopt(request, directory, name, owner)
  if (special.type === 'socket') return makeSocket(directory.directoryFd, name, adopted)
  makeFifo(directory.directoryFd, name)
  return adopted()
}

/**
 * FIFOs and sockets (RFC 1813 § 3.3.11). A device is PERM: an ordinary process may make none, and where the sandbox is
 * root's, a client's number would name a device of this very machine.
 */
export const mknod: Serve<'mknod'> = async ({dir, name, node: wanted}, request) => {
  const directory = openForNew(request, dir, name)
  if (!('attributes' in wanted)) throw new NfsFault('BADTYPE')
  if (findChild(request, directory, name) !== undefined) throw new NfsFault('EXIST')
  if ('rdevMajor' in wanted) throw new NfsFault('PERM')
  const node = await make(request, directory, name, wanted)
  applyRest(request, node, {...wanted.attributes, size: undefined})
  return answerCreated(request, directory, {node})
}
