import {XdrError} from './xdr.js'
import {opaque, optional, struct, uint32, uint64, type Codec} from './codec.js'
import {MAX_HANDLE_BYTES} from './mount3.js'

/** Kinds of file (ftype3, RFC 1813 § 2.6). */
export const FILE_TYPE = {
  regular: 1,
  directory: 2,
  block: 3,
  character: 4,
  symlink: 5,
  socket: 6,
  fifo: 7,
} as const

export interface NfsTime {
  readonly seconds: number
  readonly nanoseconds: number
}

/** What GETATTR shows of a file (fattr3); sizes in bytes. */
export interface Attributes {
  /** One of FILE_TYPE. */
  readonly type: number
  readonly mode: number
  readonly nlink: number
  readonly uid: number
  readonly gid: number
  readonly size: bigint
  readonly used: bigint
  readonly rdevMajor: number
  readonly rdevMinor: number
  readonly fsid: bigint
  readonly fileid: bigint
  readonly atime: NfsTime
  readonly mtime: NfsTime
  readonly ctime: NfsTime
}

/** How a time is set: left alone, the server's clock, or this value. */
export type SetTime = 'keep' | 'server' | NfsTime

/** What SETATTR and the creating procedures set (sattr3); undefined leaves a field as it is. */
export interface SetAttributes {
  readonly mode: number | undefined
  readonly uid: number | undefined
  readonly gid: number | undefined
  readonly size: bigint | undefined
  readonly atime: SetTime
  readonly mtime: SetTime
}

export const KEEP_ATTRIBUTES: SetAttributes = {
  mode: undefined,
  uid: undefined,
  gid: undefined,
  size: undefined,
  atime: 'keep',
  mtime: 'keep',
}

export interface WccAttributes {
  readonly size: bigint
  readonly mtime: NfsTime
  readonly ctime: NfsTime
}

/** Weak cache consistency data: what a changed file was before and is after. */
export interface WccData {
  readonly before: WccAttributes | undefined
  readonly after: Attributes | undefined
}

export const handle = opaque(MAX_HANDLE_BYTES)
export const nfsTime: Codec<NfsTime> = struct<NfsTime>({seconds: uint32, nanoseconds: uint32})

export const attributes: Codec<Attributes> = struct<Attributes>({
  type: uint32,
  mode: uint32,
  nlink: uint32,
  uid: uint32,
  gid: uint32,
  size: uint64,
  used: uint64,
  rdevMajor: uint32,
  rdevMinor: uint32,
  fsid: uint64,
  fileid: uint64,
  atime: nfsTime,
  mtime: nfsTime,
  ctime: nfsTime,
})

const setTime: Codec<SetTime> = {
  write(writer, value) {
    if (typeof value === 'string') writer.uint32(value === 'keep' ? 0 : 1)
    else nfsTime.write(writer.uint32(2), value)
  },
  read(reader) {
    const how = reader.uint32()
    if (how > 2) throw new XdrError(`an unknown way ${how} to set a time`)
    if (how === 2) return nfsTime.read(reader)
    return how === 0 ? 'keep' : 'server'
  },
}

export const setAttributes: Codec<SetAttributes> = struct<SetAttributes>({
  mode: optional(uint32),
  uid: optional(uint32),
  gid: optional(uint32),
  size: optional(uint64),
  atime: setTime,
  mtime: setTime,
})

export const postOpAttributes = optional(attributes)
export const postOpHandle = optional(handle)

export const wccData: Codec<WccData> = struct<WccData>({
  before: optional(struct<WccAttributes>({size: uint64, mtime: nfsTime, ctime: nfsTime})),
  after: postOpAttributes,
})
