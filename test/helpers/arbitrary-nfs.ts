import fc from 'fast-check'
import type {StatusResult} from '../../src/nfs/wire/procedure.js'

/** Arbitrary values of the wire types, for property tests. */
export const uint32 = fc.integer({min: 0, max: 0xffffffff})
export const uint64 = fc.bigInt({min: 0n, max: 0xffffffffffffffffn})
export const name = fc.string({unit: 'grapheme', maxLength: 40})
const bytes = (min: number, max: number) =>
  fc.uint8Array({minLength: min, maxLength: max}).map((data) => Buffer.from(data))
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, {nil: undefined})

export const handle = bytes(0, 64)
const verifier = bytes(8, 8)
const time = fc.record({seconds: uint32, nanoseconds: uint32})

export const mapping = fc.record({program: uint32, version: uint32, protocol: uint32, port: uint32})

export const attributes = fc.record({
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
  atime: time,
  mtime: time,
  ctime: time,
})

const setTime = fc.oneof(fc.constantFrom('keep' as const, 'server' as const), time)

export const setAttributes = fc.record({
  mode: maybe(uint32),
  uid: maybe(uint32),
  gid: maybe(uint32),
  size: maybe(uint64),
  atime: setTime,
  mtime: setTime,
})

export const wccData = fc.record({
  before: maybe(fc.record({size: uint64, mtime: time, ctime: time})),
  after: maybe(attributes),
})

export const result = <O, F>(value: fc.Arbitrary<O>, failure: fc.Arbitrary<F>): fc.Arbitrary<StatusResult<O, F>> =>
  fc.oneof(
    value.map((inner) => ({ok: true, value: inner}) as const),
    fc
      .tuple(fc.integer({min: 1, max: 0xffffffff}), failure)
      .map(([status, inner]) => ({ok: false, status, failure: inner}) as const),
  )

const some = maybe(attributes)
const withAttributes = fc.record({attributes: some})
const withDir = fc.record({dirAttributes: some})
const dirWcc = fc.record({dirWcc: wccData})
const wcc = fc.record({wcc: wccData})
const at = {dir: handle, name}
const page = {dir: handle, cookie: uint64, cookieVerifier: verifier}
const created = result(fc.record({handle: maybe(handle), attributes: some, dirWcc: wccData}), dirWcc)
const entry = {fileid: uint64, name, cookie: uint64}
const how = fc.oneof(
  fc.record({mode: fc.constantFrom('unchecked' as const, 'guarded' as const), attributes: setAttributes}),
  fc.record({mode: fc.constant('exclusive' as const), verifier}),
)
const node = fc.oneof(
  fc.record({
    type: fc.constantFrom('block' as const, 'character' as const),
    attributes: setAttributes,
    rdevMajor: uint32,
    rdevMinor: uint32,
  }),
  fc.record({type: fc.constantFrom('socket' as const, 'fifo' as const), attributes: setAttributes}),
  fc.record({type: fc.constantFrom('regular' as const, 'directory' as const, 'symlink' as const)}),
)
const listing = <E>(of: fc.Arbitrary<E>) =>
  result(
    fc.record({
      dirAttributes: some,
      cookieVerifier: verifier,
      entries: fc.array(of, {maxLength: 4}),
      eof: fc.boolean(),
    }),
    withDir,
  )
const onHandle = fc.record({handle})
const range = fc.record({handle, offset: uint64, count: uint32})

interface Pair {
  readonly args: fc.Arbitrary<unknown>
  readonly result: fc.Arbitrary<unknown>
}

const pairs = {
  getattr: {args: onHandle, result: result(fc.record({attributes}), fc.constant({}))},
  setattr: {args: fc.record({handle, attributes: setAttributes, guardCtime: maybe(time)}), result: result(wcc, wcc)},
  lookup: {args: fc.record(at), result: result(fc.record({handle, attributes: some, dirAttributes: some}), withDir)},
  access: {
    args: fc.record({handle, access: uint32}),
    result: result(fc.record({attributes: some, access: uint32}), withAttributes),
  },
  readlink: {args: onHandle, result: result(fc.record({attributes: some, target: name}), withAttributes)},
  read: {
    args: range,
    result: result(
      fc.record({attributes: some, count: uint32, eof: fc.boolean(), data: bytes(0, 100)}),
      withAttributes,
    ),
  },
  write: {
    args: fc.record({handle, offset: uint64, count: uint32, stable: uint32, data: bytes(0, 100)}),
    result: result(fc.record({wcc: wccData, count: uint32, committed: uint32, verifier}), wcc),
  },
  create: {args: fc.record({...at, how}), result: created},
  mkdir: {args: fc.record({...at, attributes: setAttributes}), result: created},
  symlink: {args: fc.record({...at, attributes: setAttributes, target: name}), result: created},
  mknod: {args: fc.record({...at, node}), result: created},
  remove: {args: fc.record(at), result: result(dirWcc, dirWcc)},
  rmdir: {args: fc.record(at), result: result(dirWcc, dirWcc)},
  rename: {
    args: fc.record({fromDir: handle, fromName: name, toDir: handle, toName: name}),
    result: result(
      fc.record({fromDirWcc: wccData, toDirWcc: wccData}),
      fc.record({fromDirWcc: wccData, toDirWcc: wccData}),
    ),
  },
  link: {
    args: fc.record({handle, ...at}),
    result: result(fc.record({attributes: some, dirWcc: wccData}), fc.record({attributes: some, dirWcc: wccData})),
  },
  readdir: {args: fc.record({...page, count: uint32}), result: listing(fc.record(entry))},
  readdirplus: {
    args: fc.record({...page, dirCount: uint32, maxCount: uint32}),
    result: listing(fc.record({...entry, attributes: some, handle: maybe(handle)})),
  },
  fsstat: {
    args: onHandle,
    result: result(
      fc.record({
        attributes: some,
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
  },
  fsinfo: {
    args: onHandle,
    result: result(
      fc.record({
        attributes: some,
        rtmax: uint32,
        rtpref: uint32,
        rtmult: uint32,
        wtmax: uint32,
        wtpref: uint32,
        wtmult: uint32,
        dtpref: uint32,
        maxFileSize: uint64,
        timeDelta: time,
        properties: uint32,
      }),
      withAttributes,
    ),
  },
  pathconf: {
    args: onHandle,
    result: result(
      fc.record({
        attributes: some,
        linkMax: uint32,
        nameMax: uint32,
        noTrunc: fc.boolean(),
        chownRestricted: fc.boolean(),
        caseInsensitive: fc.boolean(),
        casePreserving: fc.boolean(),
      }),
      withAttributes,
    ),
  },
  commit: {args: range, result: result(fc.record({wcc: wccData, verifier}), wcc)},
}

export const procedures: Readonly<Record<keyof typeof pairs, Pair>> = pairs
