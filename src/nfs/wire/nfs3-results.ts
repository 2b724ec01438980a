import {bool, chain, nothing, opaque, struct, text, uint32, uint64} from './codec.js'
import {MAX_PATH_BYTES} from './mount3.js'
import {MAX_DATA_BYTES, name, verifier} from './nfs3-arguments.js'
import * as attr from './nfs3-attributes.js'
import {type Attributes, type NfsTime, type WccData} from './nfs3-attributes.js'
import {statusResult} from './procedure.js'

type Maybe<T> = T | undefined

export interface Entry {
  readonly fileid: bigint
  readonly name: string
  readonly cookie: bigint
}

export interface EntryPlus extends Entry {
  readonly attributes: Maybe<Attributes>
  readonly handle: Maybe<Buffer>
}

export interface Listing<E> {
  readonly dirAttributes: Maybe<Attributes>
  readonly cookieVerifier: Buffer
  readonly entries: readonly E[]
  /** True when no entry follows. */
  readonly eof: boolean
}

export interface Created {
  readonly handle: Maybe<Buffer>
  readonly attributes: Maybe<Attributes>
  readonly dirWcc: WccData
}

/** Static facts of a file system; all sizes in bytes. `properties` are bits: 1 links, 2 symlinks, 8 homogeneous, 16 times. */
export interface FsInfo {
  readonly attributes: Maybe<Attributes>
  readonly rtmax: number
  readonly rtpref: number
  readonly rtmult: number
  readonly wtmax: number
  readonly wtpref: number
  readonly wtmult: number
  readonly dtpref: number
  readonly maxFileSize: bigint
  readonly timeDelta: NfsTime
  readonly properties: number
}

export interface FsStat {
  readonly attributes: Maybe<Attributes>
  readonly totalBytes: bigint
  readonly freeBytes: bigint
  readonly availableBytes: bigint
  readonly totalFiles: bigint
  readonly freeFiles: bigint
  readonly availableFiles: bigint
  readonly invarSeconds: number
}

export interface PathConf {
  readonly attributes: Maybe<Attributes>
  readonly linkMax: number
  readonly nameMax: number
  readonly noTrunc: boolean
  readonly chownRestricted: boolean
  readonly caseInsensitive: boolean
  readonly casePreserving: boolean
}

export interface Written {
  readonly wcc: WccData
  readonly count: number
  /** One of STABILITY: what the server did, at least what was asked for. */
  readonly committed: number
  /** Changes when the server may have lost what was not committed. */
  readonly verifier: Buffer
}

/** Entries in one reply at most: far above what fits into a reply of the size that clients ask for. */
const MAX_ENTRIES = 65_536

const entry = {fileid: uint64, name, cookie: uint64}
const attributes = attr.postOpAttributes
const withAttributes = struct<{attributes: Maybe<Attributes>}>({attributes})
const withDirAttributes = struct<{dirAttributes: Maybe<Attributes>}>({dirAttributes: attributes})
const withWcc = struct<{wcc: WccData}>({wcc: attr.wccData})
const withDirWcc = struct<{dirWcc: WccData}>({dirWcc: attr.wccData})
const withTwoWcc = struct<{fromDirWcc: WccData; toDirWcc: WccData}>({
  fromDirWcc: attr.wccData,
  toDirWcc: attr.wccData,
})
const withLink = struct<{attributes: Maybe<Attributes>; dirWcc: WccData}>({attributes, dirWcc: attr.wccData})
const created = struct<Created>({handle: attr.postOpHandle, attributes, dirWcc: attr.wccData})

/** The result of each NFSv3 procedure (RFC 1813 § 3.3): value on status 0, what comes along otherwise. */
export const NFS3_RESULTS = {
  getattr: statusResult(struct<{attributes: Attributes}>({attributes: attr.attributes}), nothing),
  wcc: statusResult(withWcc, withWcc),
  dirWcc: statusResult(withDirWcc, withDirWcc),
  lookup: statusResult(
    struct<{handle: Buffer; attributes: Maybe<Attributes>; dirAttributes: Maybe<Attributes>}>({
      handle: attr.handle,
      attributes,
      dirAttributes: attributes,
    }),
    withDirAttributes,
  ),
  access: statusResult(
    struct<{attributes: Maybe<Attributes>; access: number}>({attributes, access: uint32}),
    withAttributes,
  ),
  readlink: statusResult(
    struct<{attributes: Maybe<Attributes>; target: string}>({attributes, target: text(MAX_PATH_BYTES)}),
    withAttributes,
  ),
  read: statusResult(
    struct<{attributes: Maybe<Attributes>; count: number; eof: boolean; data: Buffer}>({
      attributes,
      count: uint32,
      eof: bool,
      data: opaque(MAX_DATA_BYTES),
    }),
    withAttributes,
  ),
  write: statusResult(struct<Written>({wcc: attr.wccData, count: uint32, committed: uint32, verifier}), withWcc),
  created: statusResult(created, withDirWcc),
  rename: statusResult(withTwoWcc, withTwoWcc),
  link: statusResult(withLink, withLink),
  readdir: statusResult(
    struct<Listing<Entry>>({
      dirAttributes: attributes,
      cookieVerifier: verifier,
      entries: chain(struct<Entry>(entry), MAX_ENTRIES),
      eof: bool,
    }),
    withDirAttributes,
  ),
  readdirplus: statusResult(
    struct<Listing<EntryPlus>>({
      dirAttributes: attributes,
      cookieVerifier: verifier,
      entries: chain(struct<EntryPlus>({...entry, attributes, handle: attr.postOpHandle}), MAX_ENTRIES),
      eof: bool,
    }),
    withDirAttributes,
  ),
  fsstat: statusResult(
    struct<FsStat>({
      attributes,
      totalBytes: uint64,
      freeBytes: uint64,
      availableBytes: uint64,
      totalFiles: uint64,
      freeFiles: uint64,
      availableFiles: uint64,
      invarSeconds: uint32,
    }),
    withAttributes,
  ),
  fsinfo: statusResult(
    struct<FsInfo>({
      attributes,
      rtmax: uint32,
      rtpref: uint32,
      rtmult: uint32,
      wtmax: uint32,
      wtpref: uint32,
      wtmult: uint32,
      dtpref: uint32,
      maxFileSize: uint64,
      timeDelta: attr.nfsTime,
      properties: uint32,
    }),
    withAttributes,
  ),
  pathconf: statusResult(
    struct<PathConf>({
      attributes,
      linkMax: uint32,
      nameMax: uint32,
      noTrunc: bool,
      chownRestricted: bool,
      caseInsensitive: bool,
      casePreserving: bool,
    }),
    withAttributes,
  ),
  commit: statusResult(struct<{wcc: WccData; verifier: Buffer}>({wcc: attr.wccData, verifier}), withWcc),
} as const
