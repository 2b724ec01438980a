import {array, chain, nothing, opaque, struct, text, uint32} from './codec.js'
import {procedure, statusResult} from './procedure.js'

/** Bounds of RFC 1813 § 5.1.1, the path's raised so that a longer one is answered and not taken for garbage. */
export const MAX_HANDLE_BYTES = 64
export const MAX_PATH_BYTES = 4096
const MAX_HOST_BYTES = 255
const MAX_FLAVORS = 64
const MAX_LIST = 4096

export interface MountGranted {
  readonly handle: Buffer
  /** Numbers of the authentication flavours that the export takes; 1 is AUTH_SYS. */
  readonly flavors: readonly number[]
}

export interface MountEntry {
  readonly host: string
  readonly path: string
}

export interface ExportEntry {
  readonly path: string
  readonly groups: readonly string[]
}

const path = text(MAX_PATH_BYTES)
const granted = struct<MountGranted>({handle: opaque(MAX_HANDLE_BYTES), flavors: array(uint32, MAX_FLAVORS)})
const mounts = chain(struct<MountEntry>({host: text(MAX_HOST_BYTES), path}), MAX_LIST)
const exports = chain(struct<ExportEntry>({path, groups: chain(text(MAX_HOST_BYTES), MAX_LIST)}), MAX_LIST)

/** The mount protocol's procedures, version 3 (RFC 1813 § 5.2). */
export const MOUNT3 = {
  null: procedure(0, 'NULL', {arguments: nothing, result: nothing}),
  mnt: procedure(1, 'MNT', {arguments: path, result: statusResult(granted, nothing)}),
  dump: procedure(2, 'DUMP', {arguments: nothing, result: mounts}),
  umnt: procedure(3, 'UMNT', {arguments: path, result: nothing}),
  umntall: procedure(4, 'UMNTALL', {arguments: nothing, result: nothing}),
  export: procedure(5, 'EXPORT', {arguments: nothing, result: exports}),
} as const
