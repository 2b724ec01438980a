import {randomBytes} from 'node:crypto'
import {chmodSync, statSync, type BigIntStats} from 'node:fs'
import {openAttributeTable, type AttributeTable} from './attribute-table.js'
import type {Ownership} from './caller.js'
import {createHandleCodec, fsidOf, type HandleCodec, type Identity} from './file-handle.js'
import {createListingCache, type ListingCache} from './listing-cache.js'
import {furnishParked} from './parked-export.js'
import type {CheckedSettings} from './settings.js'
import {createTreeIndex, type TreeIndex} from './tree-index.js'

/** The one served directory with all that the server knows about it. */
export interface ServedExport {
  readonly rootDirectory: string
  /** Size of the volume's disk; absent: that of the file system which the directory lies in. */
  readonly capacityBytes?: number
  readonly fsid: bigint
  readonly handles: HandleCodec
  readonly table: AttributeTable
  readonly index: TreeIndex
  readonly listings: ListingCache
  /** Whether birth times can be part of an identity here. */
  readonly hasBirth: boolean
  /** New at every start, so that clients send again what was not committed (RFC 1813 § 3.3.7). */
  readonly writeVerifier: Buffer
  /** When a handle was last looked for in vain, by key; milliseconds of the monotonic clock. */
  readonly missedMs: Map<string, number>
}

/** Without statx, Node reports the time of the last change as birth: a chmod to the same mode then moves it. */
function birthIsStable(directory: string): boolean {
  const before = statSync(directory, {bigint: true})
  if (before.birthtimeNs === 0n) return false
  chmodSync(directory, Number(before.mode & 0o7777n))
  return statSync(directory, {bigint: true}).birthtimeNs === before.birthtimeNs
}

export function inodeIdentity(stats: BigIntStats, hasBirth: boolean): Pick<Identity, 'inode' | 'birth'> {
  return {inode: stats.ino, birth: hasBirth ? BigInt.asUintN(64, stats.birthtimeNs) : 0n}
}

/** Key of a file in side table and index. */
export function keyOf({inode, birth}: Pick<Identity, 'inode' | 'birth'>): string {
  return `${inode.toString(36)}.${birth.toString(36)}`
}

/** Owner and mode as clients see them; files that NFS did not make belong to root with their mode on disk. */
export function ownershipOf(served: Pick<ServedExport, 'table'>, key: string, stats: BigIntStats): Ownership {
  return served.table.get(key) ?? {uid: 0, gid: 0, mode: Number(stats.mode & 0o7777n)}
}

function own(table: AttributeTable, key: string, owner: Ownership): void {
  const known = table.get(key)
  const changed = known === undefined || known.uid !== owner.uid || known.gid !== owner.gid || known.mode !== owner.mode
  if (changed) table.set(key, {...owner, generation: table.generation(key)})
}

/** A fresh root is root:root 0755, as of ext4; EXPORT_UID, EXPORT_GID and EXPORT_MODE hold from each start on. */
function ownRoot(table: AttributeTable, key: string, settings: CheckedSettings): void {
  const known = table.get(key)
  own(table, key, {
    uid: settings.exportUid ?? known?.uid ?? 0,
    gid: settings.exportGid ?? known?.gid ?? 0,
    mode: settings.exportMode ?? known?.mode ?? 0o755,
  })
}

/**
 * Opens the directory and its side table.
 * The fsid is made from EXPORT_FSID, else from the directory's own identity, so that handles survive a restart and do
 * not survive an exchange of the directory; a parked server's never meets that of the volume.
 */
export function openServedExport(settings: CheckedSettings): ServedExport {
  const {rootDirectory, exportFsid} = settings
  const isParked = settings.parked === true
  const hasBirth = birthIsStable(rootDirectory)
  const keyAt = (directory: string): string => keyOf(inodeIdentity(statSync(directory, {bigint: true}), hasBirth))
  const table = openAttributeTable(settings.attributesFile)
  if (isParked) furnishParked(rootDirectory, (directory, owner) => own(table, keyAt(directory), owner))
  else ownRoot(table, keyAt(rootDirectory), settings)
  const directoryIdentity = `directory ${keyAt(rootDirectory)}`
  const identity = exportFsid === undefined ? directoryIdentity : `fsid ${exportFsid}`
  const fsid = fsidOf(isParked ? `parked ${directoryIdentity}` : identity)
  return {
    rootDirectory,
    ...(settings.capacityBytes === undefined ? {} : {capacityBytes: settings.capacityBytes}),
    fsid,
    handles: createHandleCodec(table.handleSecret, fsid),
    table,
    index: createTreeIndex(),
    listings: createListingCache(),
    hasBirth,
    writeVerifier: randomBytes(8),
    missedMs: new Map(),
  }
}
