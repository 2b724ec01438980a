import {
  FILE_TYPE,
  type Attributes,
  type NfsTime,
  type WccAttributes,
  type WccData,
} from '../../nfs/wire/nfs3-attributes.js'
import {refreshed, type FileNode} from './file-node.js'
import type {ServedExport} from './served-export.js'

const NANOSECONDS = 1_000_000_000n

function timeOf(nanoseconds: bigint): NfsTime {
  const seconds = nanoseconds / NANOSECONDS
  return nanoseconds < 0n
    ? {seconds: 0, nanoseconds: 0}
    : {seconds: Number(BigInt.asUintN(32, seconds)), nanoseconds: Number(nanoseconds % NANOSECONDS)}
}

function typeOf({stats}: FileNode): number {
  if (stats.isDirectory()) return FILE_TYPE.directory
  if (stats.isSymbolicLink()) return FILE_TYPE.symlink
  if (stats.isBlockDevice()) return FILE_TYPE.block
  if (stats.isCharacterDevice()) return FILE_TYPE.character
  if (stats.isSocket()) return FILE_TYPE.socket
  return stats.isFIFO() ? FILE_TYPE.fifo : FILE_TYPE.regular
}

/** What GETATTR shows: owner and mode from the side table, the rest from the disk. */
export function attributesOf(served: ServedExport, node: FileNode): Attributes {
  const {stats, owner} = node
  return {
    type: typeOf(node),
    mode: owner.mode,
    nlink: Number(stats.nlink),
    uid: owner.uid,
    gid: owner.gid,
    size: stats.size,
    used: stats.blocks * 512n,
    rdevMajor: Number((stats.rdev >> 8n) & 0xfffn),
    rdevMinor: Number((stats.rdev & 0xffn) | ((stats.rdev >> 12n) & 0xf_ff00n)),
    fsid: served.fsid,
    fileid: stats.ino,
    atime: timeOf(stats.atimeNs),
    mtime: timeOf(stats.mtimeNs),
    ctime: timeOf(stats.ctimeNs),
  }
}

export function wccAttributesOf({stats}: FileNode): WccAttributes {
  return {size: stats.size, mtime: timeOf(stats.mtimeNs), ctime: timeOf(stats.ctimeNs)}
}

/** Attributes now, or undefined when the file cannot be asked any more. */
export function attributesNow(served: ServedExport, node: FileNode): Attributes | undefined {
  try {
    const now = refreshed(served, node)
    return now.key === node.key ? attributesOf(served, now) : undefined
  } catch {
    return undefined
  }
}

/** @param before the node as it was found when the request began */
export function wccOf(served: ServedExport, before: FileNode): WccData {
  return {before: wccAttributesOf(before), after: attributesNow(served, before)}
}
