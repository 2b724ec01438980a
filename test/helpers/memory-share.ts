import {decode} from '../../src/nfs/wire/codec.js'
import {MOUNT3} from '../../src/nfs/wire/mount3.js'
import {FILE_TYPE, type Attributes, type WccData} from '../../src/nfs/wire/nfs3-attributes.js'
import {NFS3} from '../../src/nfs/wire/nfs3.js'
import {PORTMAP2} from '../../src/nfs/wire/portmap2.js'
import type {ArgumentsOf, Procedure, ResultOf} from '../../src/nfs/wire/procedure.js'
import {NFS} from '../../src/nfs/wire/rpc-message.js'
import {MNT3_STATUS, NFS3_STATUS} from '../../src/nfs/wire/status.js'
import {answer, type Script} from './scripted-rpc-server.js'

export interface Node {
  readonly id: number
  readonly type: number
  readonly mode: number
  readonly children: Map<string, Node>
  data: Buffer
}

/** A share in memory, and the script that serves it; enough for the ladder and for share access. */
export interface MemoryShare {
  readonly root: Node
  /** GETPORT answers: the port of the server itself unless set. */
  readonly ports: {mountd?: number; nfsd?: number}
  add(path: string, content: Buffer | 'directory'): Node
  find(path: string): Node | undefined
  script(portOf: () => number): Script
}

class Failure extends Error {
  constructor(readonly status: number) {
    super(`status ${status}`)
  }
}

const TIME = {seconds: 1, nanoseconds: 0}
const NO_WCC: WccData = {before: undefined, after: undefined}
const VERIFIER = Buffer.from('verifier')

export function memoryShare(exported = '/exports/data'): MemoryShare {
  const nodes: Node[] = []
  const newNode = (type: number, mode = 0o755): Node => {
    const node = {id: nodes.length, type, mode, children: new Map<string, Node>(), data: Buffer.alloc(0)}
    nodes.push(node)
    return node
  }
  const root = newNode(FILE_TYPE.directory)
  const handleOf = (node: Node) => Buffer.from(`node:${node.id}`)
  const nodeOf = (handle: Buffer): Node => {
    const node = nodes[Number(handle.toString().slice(5))]
    if (node === undefined) throw new Failure(NFS3_STATUS.STALE.number)
    return node
  }
  const attributesOf = (node: Node): Attributes => ({
    type: node.type,
    mode: node.mode,
    nlink: 1,
    uid: 0,
    gid: 0,
    size: BigInt(node.data.length),
    used: BigInt(node.data.length),
    rdevMajor: 0,
    rdevMinor: 0,
    fsid: 1n,
    fileid: BigInt(node.id + 1),
    atime: TIME,
    mtime: TIME,
    ctime: TIME,
  })
  const childOf = (dir: Buffer, name: string): Node => {
    const parent = nodeOf(dir)
    if (parent.type !== FILE_TYPE.directory) throw new Failure(NFS3_STATUS.NOTDIR.number)
    const child = parent.children.get(name)
    if (child === undefined) throw new Failure(NFS3_STATUS.NOENT.number)
    return child
  }
  const make = (dir: Buffer, name: string, {type, mode}: {type: number; mode: number | undefined}) => {
    if (nodeOf(dir).children.has(name)) throw new Failure(NFS3_STATUS.EXIST.number)
    const node = newNode(type, mode)
    nodeOf(dir).children.set(name, node)
    return {handle: handleOf(node), attributes: attributesOf(node), dirWcc: NO_WCC}
  }
  const find = (path: string): Node | undefined =>
    path
      .split('/')
      .filter((part) => part !== '')
      .reduce<Node | undefined>((node, part) => node?.children.get(part), root)

  type Nfs = typeof NFS3
  type Value<K extends keyof Nfs> =
    ResultOf<Nfs[K]> extends infer R ? (R extends {ok: true; value: infer V} ? V : never) : never
  const procedures: {[K in keyof Nfs]?: (args: ArgumentsOf<Nfs[K]>) => Value<K>} = {
    getattr: ({handle}) => ({attributes: attributesOf(nodeOf(handle))}),
    lookup: ({dir, name}) => {
      const child = childOf(dir, name)
      return {handle: handleOf(child), attributes: attributesOf(child), dirAttributes: undefined}
    },
    read: ({handle, offset, count}) => {
      const {data} = nodeOf(handle)
      const part = data.subarray(Number(offset), Number(offset) + count)
      const eof = Number(offset) + part.length >= data.length
      return {attributes: undefined, count: part.length, eof, data: part}
    },
    write: ({handle, offset, data, stable}) => {
      const node = nodeOf(handle)
      const end = Number(offset) + data.length
      const grown = Buffer.concat([node.data, Buffer.alloc(Math.max(0, end - node.data.length))])
      data.copy(grown, Number(offset))
      node.data = grown
      return {wcc: NO_WCC, count: data.length, committed: stable, verifier: VERIFIER}
    },
    create: ({dir, name, how}) => {
      const existing = nodeOf(dir).children.get(name)
      if (existing !== undefined && how.mode === 'unchecked') {
        if (how.attributes.size === 0n) existing.data = Buffer.alloc(0)
        return {handle: handleOf(existing), attributes: undefined, dirWcc: NO_WCC}
      }
      return make(dir, name, {type: FILE_TYPE.regular, mode: how.mode === 'exclusive' ? 0o644 : how.attributes.mode})
    },
    mkdir: ({dir, name, attributes}) => make(dir, name, {type: FILE_TYPE.directory, mode: attributes.mode}),
    remove: ({dir, name}) => {
      childOf(dir, name)
      nodeOf(dir).children.delete(name)
      return {dirWcc: NO_WCC}
    },
    rmdir: ({dir, name}) => {
      if (childOf(dir, name).children.size > 0) throw new Failure(NFS3_STATUS.NOTEMPTY.number)
      nodeOf(dir).children.delete(name)
      return {dirWcc: NO_WCC}
    },
    rename: ({fromDir, fromName, toDir, toName}) => {
      nodeOf(toDir).children.set(toName, childOf(fromDir, fromName))
      nodeOf(fromDir).children.delete(fromName)
      return {fromDirWcc: NO_WCC, toDirWcc: NO_WCC}
    },
    readdirplus: ({dir, cookie, maxCount}) => {
      const parent = nodeOf(dir)
      const all = [['.', parent] as const, ['..', root] as const, ...parent.children]
      // About 200 bytes an entry, as a true server counts.
      const page = all.slice(Number(cookie), Number(cookie) + Math.floor(maxCount / 200))
      const entries = page.map(([name, node], index) => ({
        fileid: BigInt(node.id + 1),
        name,
        cookie: cookie + BigInt(index + 1),
        attributes: attributesOf(node),
        handle: handleOf(node),
      }))
      const eof = Number(cookie) + page.length >= all.length
      return {dirAttributes: undefined, cookieVerifier: VERIFIER, entries, eof}
    },
    fsinfo: () => ({
      attributes: undefined,
      rtmax: 1_048_576,
      rtpref: 1_048_576,
      rtmult: 4096,
      wtmax: 1_048_576,
      wtpref: 1_048_576,
      wtmult: 4096,
      dtpref: 4096,
      maxFileSize: 1n << 40n,
      timeDelta: {seconds: 0, nanoseconds: 1},
      properties: 0x1b,
    }),
    fsstat: () => ({
      attributes: undefined,
      totalBytes: 10_000n,
      freeBytes: 7000n,
      availableBytes: 6000n,
      totalFiles: 100n,
      freeFiles: 99n,
      availableFiles: 99n,
      invarSeconds: 0,
    }),
    commit: () => ({wcc: NO_WCC, verifier: VERIFIER}),
  }

  function nfsScript(): Script {
    const rows = Object.entries(procedures) as [keyof Nfs, (args: unknown) => unknown][]
    return Object.fromEntries(
      rows.map(([key, run]) => {
        const procedure = NFS3[key] as unknown as Procedure<unknown, unknown>
        return [
          `NFS.${procedure.name}`,
          (call) => {
            try {
              return answer(procedure, {ok: true, value: run(decode(procedure.arguments, call.body))})
            } catch (error) {
              if (!(error instanceof Failure)) throw error
              return nfsStatus(procedure.name, error.status)
            }
          },
        ]
      }),
    )
  }

  const ports: MemoryShare['ports'] = {}
  return {
    root,
    ports,
    find,
    add(path, content) {
      const cut = path.lastIndexOf('/')
      const parent = find(path.slice(0, Math.max(cut, 0)))
      const node = newNode(content === 'directory' ? FILE_TYPE.directory : FILE_TYPE.regular)
      if (content !== 'directory') node.data = content
      parent?.children.set(path.slice(cut + 1), node)
      return node
    },
    script: (portOf) => ({
      'PORTMAP.GETPORT': (call) => {
        const {program} = decode(PORTMAP2.getport.arguments, call.body)
        return answer(PORTMAP2.getport, (program === NFS.program ? ports.nfsd : ports.mountd) ?? portOf())
      },
      'MOUNT.MNT': (call) => {
        const path = decode(MOUNT3.mnt.arguments, call.body)
        const inside = path === exported || path.startsWith(`${exported}/`)
        const node = inside ? find(path.slice(exported.length)) : undefined
        if (node === undefined) return mntStatus(inside ? MNT3_STATUS.NOENT.number : MNT3_STATUS.ACCES.number)
        return answer(MOUNT3.mnt, {ok: true, value: {handle: handleOf(node), flavors: [1]}})
      },
      'MOUNT.UMNT': () => Buffer.alloc(0),
      'MOUNT.EXPORT': () => answer(MOUNT3.export, [{path: exported, groups: []}]),
      ...nfsScript(),
    }),
  }
}

export const mntStatus = (status: number): Buffer => answer(MOUNT3.mnt, {ok: false, status, failure: {}})

/** A failed NFS reply; what comes along is left out. */
export function nfsStatus(procedureName: string, status: number): Buffer {
  const procedure = Object.values(NFS3).find(({name}) => name === procedureName) as unknown as Procedure<
    unknown,
    unknown
  >
  const failure = {
    attributes: undefined,
    dirAttributes: undefined,
    wcc: NO_WCC,
    dirWcc: NO_WCC,
    fromDirWcc: NO_WCC,
    toDirWcc: NO_WCC,
  }
  return answer(procedure, {ok: false, status, failure})
}
