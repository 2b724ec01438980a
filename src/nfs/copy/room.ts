import {VicnfsError} from '../../model/vicnfs-error.js'
import {isNfsStatus} from '../client/nfs-status-error.js'
import type {CallOptions} from '../client/rpc-connection.js'
import {NFS3_STATUS} from '../wire/status.js'
import type {Tree} from './tree-entry.js'

const MEGABYTE = 1_000_000

/** Refuses where there is less room, of bytes or of files, than a share takes. @throws VN-MOVE-TOO-SMALL */
export async function refuseTooSmall(from: Tree, to: Tree, calls: CallOptions): Promise<void> {
  const stats = [from, to].map(({nfs, root}) => nfs.fsstat({handle: root}, calls))
  const [source, target] = (await Promise.all(stats)).map((stat) => ({
    bytes: {used: stat.totalBytes - stat.freeBytes, available: stat.availableBytes},
    files: {used: stat.totalFiles - stat.freeFiles, available: stat.availableFiles, total: stat.totalFiles},
  }))
  if (source === undefined || target === undefined) return
  // What an earlier copy has brought is on the target already.
  const room = target.bytes.available + target.bytes.used
  const inodes = target.files.available + target.files.used
  // A file system that makes its inodes as it goes counts none.
  const fewFiles = target.files.total > 0n && inodes < source.files.used
  if (room >= source.bytes.used && !fewFiles) return
  const [needed, there] = [source.bytes.used, room].map((bytes) => Math.ceil(Number(bytes) / MEGABYTE))
  const message = fewFiles
    ? `The share has ${source.files.used} files, the volume to move to has room for ${inodes}.`
    : `The share uses ${needed} MB, the volume to move to has room for ${there} MB.`
  throw new VicnfsError('VN-MOVE-TOO-SMALL', message, {
    details: {usedBytes: Number(source.bytes.used), roomBytes: Number(room)},
  })
}

/** Whether a server has said that its disk is full, at whatever depth of the error. */
export function isFull(error: unknown): boolean {
  if (isNfsStatus(error, NFS3_STATUS.NOSPC.number, NFS3_STATUS.DQUOT.number)) return true
  return error instanceof Error && error.cause !== undefined && isFull(error.cause)
}
