import {constants, read as readCallback, write as writeCallback} from 'node:fs'
import {promisify} from 'node:util'
import {STABILITY} from '../../../nfs/wire/nfs3-arguments.js'
import {MAY_EXECUTE, MAY_READ, MAY_WRITE, isGranted} from '../caller.js'
import {clearSetId, openRegular} from '../change-attributes.js'
import {demandRegular, demandWritableExport, type FileNode, type Request} from '../file-node.js'
import {attributesNow, wccOf} from '../node-attributes.js'
import {NfsFault} from '../nfs-fault.js'
import {resolveHandle} from '../resolve-handle.js'
import {settleData} from '../settle.js'
import {TRANSFER_LIMIT_BYTES} from './file-system.js'
import type {Serve} from './procedure-types.js'

const readFile = promisify(readCallback)
const writeFile = promisify(writeCallback)
const OFFSET_LIMIT = BigInt(Number.MAX_SAFE_INTEGER)

/** The owner may read and write whatever the mode says: his right was checked when the file was opened (as nfsd does). */
function demandData({caller}: Request, node: FileNode, wanted: readonly number[]): void {
  if (caller.uid === node.owner.uid) return
  if (!wanted.some((bits) => isGranted(caller, node.owner, bits, false))) throw new NfsFault('ACCES')
}

export const read: Serve<'read'> = async ({handle, offset, count}, request) => {
  const node = demandRegular(resolveHandle(request, handle))
  // A client that may execute a file has to read it.
  demandData(request, node, [MAY_READ, MAY_EXECUTE])
  const fd = openRegular(request, node, constants.O_RDONLY)
  const {size} = node.stats
  if (offset >= size)
    return {attributes: attributesNow(request.served, node), count: 0, eof: true, data: Buffer.alloc(0)}
  const left = size - offset
  const room = Math.min(count, TRANSFER_LIMIT_BYTES, left > OFFSET_LIMIT ? TRANSFER_LIMIT_BYTES : Number(left))
  const {bytesRead, buffer} = await readFile(fd, Buffer.allocUnsafe(room), 0, room, Number(offset))
  const attributes = attributesNow(request.served, node)
  const eof = offset + BigInt(bytesRead) >= (attributes?.size ?? size)
  return {attributes, count: bytesRead, eof, data: buffer.subarray(0, bytesRead)}
}

async function writeAll(fd: number, data: Buffer, offset: number): Promise<void> {
  for (let done = 0; done < data.length;) {
    const {bytesWritten} = await writeFile(fd, data, done, data.length - done, offset + done)
    done += bytesWritten
  }
}

export const write: Serve<'write'> = async ({handle, offset, count, stable, data}, request) => {
  const node = demandRegular(resolveHandle(request, handle))
  demandWritableExport(request)
  demandData(request, node, [MAY_WRITE])
  if (count !== data.length || stable > STABILITY.fileSync) throw new NfsFault('INVAL')
  if (offset + BigInt(count) > OFFSET_LIMIT) throw new NfsFault('FBIG')
  const fd = openRegular(request, node, constants.O_WRONLY)
  clearSetId(request, node)
  await writeAll(fd, data, Number(offset))
  if (stable !== STABILITY.unstable) await settleData(request, fd, {metadata: stable === STABILITY.fileSync})
  const {served} = request
  return {wcc: wccOf(served, node), count, committed: stable, verifier: served.writeVerifier}
}

export const commit: Serve<'commit'> = async ({handle}, request) => {
  const node = demandRegular(resolveHandle(request, handle))
  demandWritableExport(request)
  demandData(request, node, [MAY_WRITE])
  await settleData(request, openRegular(request, node, constants.O_RDONLY), {metadata: true})
  return {wcc: wccOf(request.served, node), verifier: request.served.writeVerifier}
}
