import {XdrError} from './xdr.js'
import {fixed, opaque, optional, struct, text, uint32, uint64, type Codec} from './codec.js'
import {MAX_PATH_BYTES} from './mount3.js'
import {handle, nfsTime, setAttributes, type NfsTime, type SetAttributes} from './nfs3-attributes.js'

/** Longest READ and WRITE that is understood; servers name their own limit in FSINFO. */
export const MAX_DATA_BYTES = 4 * 1024 * 1024
export const VERIFIER_BYTES = 8

/** A name in a directory. Names above 255 bytes are decoded, so that a server can say NAMETOOLONG. */
export interface DirectoryEntryName {
  readonly dir: Buffer
  readonly name: string
}

/** `stable_how`: where data must be when WRITE answers. */
export const STABILITY = {unstable: 0, dataSync: 1, fileSync: 2} as const

export type CreateHow =
  | {readonly mode: 'unchecked' | 'guarded'; readonly attributes: SetAttributes}
  | {readonly mode: 'exclusive'; readonly verifier: Buffer}

/** What MKNOD makes (mknoddata3, RFC 1813 § 3.3.11); the types that it does not make carry nothing. */
export type SpecialNode =
  | {
      readonly type: 'block' | 'character'
      readonly attributes: SetAttributes
      readonly rdevMajor: number
      readonly rdevMinor: number
    }
  | {readonly type: 'socket' | 'fifo'; readonly attributes: SetAttributes}
  | {readonly type: 'regular' | 'directory' | 'symlink'}

export interface WriteArguments {
  readonly handle: Buffer
  readonly offset: bigint
  readonly count: number
  /** One of STABILITY. */
  readonly stable: number
  readonly data: Buffer
}

export interface ReaddirArguments {
  readonly dir: Buffer
  /** 0 to begin with, then that of the last entry seen. */
  readonly cookie: bigint
  readonly cookieVerifier: Buffer
  readonly count: number
}

export interface ReaddirplusArguments extends Omit<ReaddirArguments, 'count'> {
  /** Bytes of names and cookies at most. */
  readonly dirCount: number
  /** Bytes of the whole result at most. */
  readonly maxCount: number
}

export const name = text(MAX_PATH_BYTES)
export const verifier = fixed(VERIFIER_BYTES)

const CREATE_MODES = ['unchecked', 'guarded', 'exclusive'] as const

const createHow: Codec<CreateHow> = {
  write(writer, how) {
    writer.uint32(CREATE_MODES.indexOf(how.mode))
    if (how.mode === 'exclusive') verifier.write(writer, how.verifier)
    else setAttributes.write(writer, how.attributes)
  },
  read(reader) {
    const mode = CREATE_MODES[reader.uint32()]
    if (mode === undefined) throw new XdrError('an unknown way to create a file')
    if (mode === 'exclusive') return {mode, verifier: verifier.read(reader)}
    return {mode, attributes: setAttributes.read(reader)}
  },
}

/** In the order of `ftype3`, which begins with 1. */
const NODE_TYPES = ['regular', 'directory', 'block', 'character', 'symlink', 'socket', 'fifo'] as const

const deviceData = struct<{attributes: SetAttributes; rdevMajor: number; rdevMinor: number}>({
  attributes: setAttributes,
  rdevMajor: uint32,
  rdevMinor: uint32,
})

const specialNode: Codec<SpecialNode> = {
  write(writer, node) {
    writer.uint32(NODE_TYPES.indexOf(node.type) + 1)
    if (node.type === 'block' || node.type === 'character') deviceData.write(writer, node)
    else if (node.type === 'socket' || node.type === 'fifo') setAttributes.write(writer, node.attributes)
  },
  read(reader) {
    const type = NODE_TYPES[reader.uint32() - 1]
    if (type === undefined) throw new XdrError('an unknown type of file')
    if (type === 'block' || type === 'character') return {type, ...deviceData.read(reader)}
    return type === 'socket' || type === 'fifo' ? {type, attributes: setAttributes.read(reader)} : {type}
  },
}

const where = {dir: handle, name}

/** The arguments of each NFSv3 procedure (RFC 1813 § 3.3). */
export const NFS3_ARGUMENTS = {
  handle: struct<{handle: Buffer}>({handle}),
  setattr: struct<{handle: Buffer; attributes: SetAttributes; guardCtime: NfsTime | undefined}>({
    handle,
    attributes: setAttributes,
    guardCtime: optional(nfsTime),
  }),
  entry: struct<DirectoryEntryName>(where),
  access: struct<{handle: Buffer; access: number}>({handle, access: uint32}),
  read: struct<{handle: Buffer; offset: bigint; count: number}>({handle, offset: uint64, count: uint32}),
  write: struct<WriteArguments>({handle, offset: uint64, count: uint32, stable: uint32, data: opaque(MAX_DATA_BYTES)}),
  create: struct<DirectoryEntryName & {how: CreateHow}>({...where, how: createHow}),
  mkdir: struct<DirectoryEntryName & {attributes: SetAttributes}>({...where, attributes: setAttributes}),
  symlink: struct<DirectoryEntryName & {attributes: SetAttributes; target: string}>({
    ...where,
    attributes: setAttributes,
    target: text(MAX_PATH_BYTES),
  }),
  mknod: struct<DirectoryEntryName & {node: SpecialNode}>({...where, node: specialNode}),
  rename: struct<{fromDir: Buffer; fromName: string; toDir: Buffer; toName: string}>({
    fromDir: handle,
    fromName: name,
    toDir: handle,
    toName: name,
  }),
  link: struct<{handle: Buffer; dir: Buffer; name: string}>({handle, dir: handle, name}),
  readdir: struct<ReaddirArguments>({dir: handle, cookie: uint64, cookieVerifier: verifier, count: uint32}),
  readdirplus: struct<ReaddirplusArguments>({
    dir: handle,
    cookie: uint64,
    cookieVerifier: verifier,
    dirCount: uint32,
    maxCount: uint32,
  }),
  commit: struct<{handle: Buffer; offset: bigint; count: number}>({handle, offset: uint64, count: uint32}),
} as const
