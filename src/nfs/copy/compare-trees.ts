import type {Hash} from 'node:crypto'
import type {CallOptions} from '../client/rpc-connection.js'
import {FILE_TYPE} from '../wire/nfs3-attributes.js'
import {atPath} from './at-path.js'
import {
  attributeDifference,
  boundsOf,
  entriesOf,
  fileKey,
  pathBelow,
  sameTime,
  type Bounds,
  type Tree,
  type TreeEntry,
} from './tree-entry.js'
import {addListing, newDigest} from './tree-digest.js'

export interface TreeDifference {
  /** Relative to the export. */
  readonly path: string
  readonly what: string
  /** Handle in the copy, of a file that looks brought and is not. */
  readonly spoilt?: Buffer
}

export interface CompareOptions {
  readonly signal?: AbortSignal | undefined
  readonly timeoutMs?: number | undefined
  /** The comparison ends once so many are found. */
  readonly limit: number
}

export interface Comparison {
  /** None when the trees are alike. */
  readonly differences: readonly TreeDifference[]
  /** Digest of the first tree as it was compared; see `digestTree`. Of no use when there are differences. */
  readonly digest: string
}

/** An entry of the first tree and the one of the copy that stands for it. */
interface Twins {
  readonly a: TreeEntry
  readonly b: TreeEntry
}

interface Comparing extends Bounds {
  readonly from: Tree
  readonly to: Tree
  readonly calls: CallOptions
  readonly limit: number
  readonly found: TreeDifference[]
  readonly digest: Hash
  /** Files of several names: which one of the copy stands for which one of the first tree, and the other way round. */
  readonly links: {readonly from: Map<string, string>; readonly to: Map<string, string>}
}

/** Whether two files hold the same, read back from both servers to their ends. */
async function sameContent({from, to, calls, chunkBytes: count}: Comparing, a: Buffer, b: Buffer): Promise<boolean> {
  for (let offset = 0n; ;) {
    const [left, right] = await Promise.all([
      from.nfs.read({handle: a, offset, count}, calls),
      to.nfs.read({handle: b, offset, count}, calls),
    ])
    const length = Math.min(left.data.length, right.data.length)
    if (!left.data.subarray(0, length).equals(right.data.subarray(0, length))) return false
    const ends = [left, right].map(({data, eof}) => eof && data.length === length)
    if (ends[0] === true || ends[1] === true) return ends[0] === ends[1]
    if (length === 0) return false
    offset += BigInt(length)
  }
}

async function leafDifference(comparing: Comparing, a: TreeEntry, b: TreeEntry): Promise<string | undefined> {
  const {from, to, calls} = comparing
  if (!isSameFile(comparing, a, b)) return 'not the same file as its other names'
  const {type} = a.attributes
  if (type === FILE_TYPE.symlink) {
    const texts = [await from.nfs.readlink(a, calls), await to.nfs.readlink(b, calls)]
    return texts[0]?.target === texts[1]?.target ? undefined : 'a link to something else'
  }
  if (type === FILE_TYPE.regular && a.attributes.size !== b.attributes.size) {
    return `of ${b.attributes.size} bytes, not ${a.attributes.size}`
  }
  return timeDifference(comparing, a, b)
}

function timeDifference({stepNs}: Comparing, a: TreeEntry, b: TreeEntry): string | undefined {
  return sameTime(a.attributes.mtime, b.attributes.mtime, stepNs) ? undefined : 'changed at another time'
}

/** Names of one file must be names of one file in the copy, and the other way round. */
function isSameFile({links}: Comparing, a: TreeEntry, b: TreeEntry): boolean {
  if (a.attributes.nlink === 1 && b.attributes.nlink === 1) return true
  const {from, to} = links
  const [left, right] = [fileKey(a), fileKey(b)]
  if ((from.get(left) ?? right) !== right || (to.get(right) ?? left) !== left) return false
  from.set(left, right)
  to.set(right, left)
  return true
}

async function compareEntry(
  comparing: Comparing,
  path: string,
  pair: {readonly a: TreeEntry; readonly b: TreeEntry | undefined},
): Promise<void> {
  const {a, b} = pair
  const {found} = comparing
  if (b === undefined) {
    found.push({path, what: 'missing in the copy'})
    return
  }
  const {type} = a.attributes
  const what = attributeDifference(a.attributes, b.attributes)
  if (what !== undefined) found.push({path, what})
  else if (type === FILE_TYPE.directory) await compareSubdirectory(comparing, path, {a, b})
  else await compareLeaf(comparing, path, {a, b})
}

async function compareLeaf(comparing: Comparing, path: string, {a, b}: Twins): Promise<void> {
  const {found} = comparing
  const what = await leafDifference(comparing, a, b)
  if (what !== undefined) found.push({path, what})
  else if (a.attributes.type === FILE_TYPE.regular && !(await sameContent(comparing, a.handle, b.handle))) {
    found.push({path, what: 'a file that holds something else', spoilt: b.handle})
  }
}

/** The time of a directory tells of what was in it: what differs there says more. */
async function compareSubdirectory(comparing: Comparing, path: string, {a, b}: Twins): Promise<void> {
  const {found} = comparing
  const before = found.length
  await compareDirectory(comparing, path, {a: a.handle, b: b.handle})
  const what = timeDifference(comparing, a, b)
  if (what !== undefined && found.length === before) found.push({path, what})
}

async function compareDirectory(
  comparing: Comparing,
  path: string,
  {a, b}: {readonly a: Buffer; readonly b: Buffer},
): Promise<void> {
  const {from, to, calls, found, limit} = comparing
  const left = await atPath(path, () => entriesOf(from, a, calls))
  const right = await atPath(path, () => entriesOf(to, b, calls))
  addListing(comparing.digest, path, left)
  for (const entry of left.values()) {
    if (found.length >= limit) return
    const here = pathBelow(path, entry.name)
    await atPath(here, () => compareEntry(comparing, here, {a: entry, b: right.get(entry.name)}))
  }
  for (const name of right.keys())
    if (!left.has(name)) found.push({path: pathBelow(path, name), what: 'only in the copy'})
}

/** Owner and permissions of the roots themselves. */
async function compareRoots({from, to, calls, found}: Comparing): Promise<void> {
  const {attributes: a} = await from.nfs.getattr({handle: from.root}, calls)
  const {attributes: b} = await to.nfs.getattr({handle: to.root}, calls)
  const what = attributeDifference(a, b)
  if (what !== undefined) found.push({path: '', what})
}

/**
 * Compares everything of two exports: names, types, owners, permissions, which names are one file, what files hold, byte
 * by byte, and when they changed.
 * @throws EntryError for what a server refuses; NfsStatusError, RpcError; the signal's reason when aborted
 */
export async function compareTrees(from: Tree, to: Tree, options: CompareOptions): Promise<Comparison> {
  const {signal, timeoutMs, limit} = options
  const found: TreeDifference[] = []
  const calls = {signal, timeoutMs}
  const [digest, links] = [newDigest(), {from: new Map<string, string>(), to: new Map<string, string>()}]
  const comparing = {from, to, calls, limit, found, digest, links, ...(await boundsOf(from, to, calls))}
  await compareRoots(comparing)
  await compareDirectory(comparing, '', {a: from.root, b: to.root})
  return {differences: found.slice(0, limit), digest: digest.digest('hex')}
}
