import type {CallOptions} from '../client/rpc-connection.js'
import {FILE_TYPE} from '../wire/nfs3-attributes.js'
import {attributeDifference, clockStepNs, entriesOf, sameTime, type Tree, type TreeEntry} from './tree-entry.js'

export interface TreeDifference {
  /** Relative to the export. */
  readonly path: string
  readonly what: string
}

export interface CompareOptions {
  readonly signal?: AbortSignal | undefined
  readonly timeoutMs?: number | undefined
  /** The comparison ends once so many are found. */
  readonly limit: number
}

const CHUNK_BYTES = 65_536

interface Comparing {
  readonly from: Tree
  readonly to: Tree
  readonly calls: CallOptions
  readonly stepNs: number
  readonly limit: number
  readonly found: TreeDifference[]
}

/** Whether two files hold the same, read back from both servers. */
async function sameContent({from, to, calls}: Comparing, a: TreeEntry, b: TreeEntry): Promise<boolean> {
  for (let offset = 0n; offset < a.attributes.size;) {
    const part = {offset, count: CHUNK_BYTES}
    const [left, right] = await Promise.all([
      from.nfs.read({handle: a.handle, ...part}, calls),
      to.nfs.read({handle: b.handle, ...part}, calls),
    ])
    const length = Math.min(left.data.length, right.data.length)
    if (length === 0) return false
    if (!left.data.subarray(0, length).equals(right.data.subarray(0, length))) return false
    offset += BigInt(length)
  }
  return true
}

async function leafDifference(comparing: Comparing, a: TreeEntry, b: TreeEntry): Promise<string | undefined> {
  const {from, to, calls, stepNs} = comparing
  const {type} = a.attributes
  if (type === FILE_TYPE.symlink) {
    const texts = [await from.nfs.readlink({handle: a.handle}, calls), await to.nfs.readlink({handle: b.handle}, calls)]
    return texts[0]?.target === texts[1]?.target ? undefined : 'a link to something else'
  }
  if (type !== FILE_TYPE.regular) return undefined
  if (a.attributes.size !== b.attributes.size) {
    return `of ${b.attributes.size} bytes, not ${a.attributes.size}`
  }
  if (!sameTime(a.attributes.mtime, b.attributes.mtime, stepNs)) return 'changed at another time'
  return (await sameContent(comparing, a, b)) ? undefined : 'a file that holds something else'
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
  const what = attributeDifference(a.attributes, b.attributes) ?? (await leafDifference(comparing, a, b))
  if (what !== undefined) found.push({path, what})
  else if (a.attributes.type === FILE_TYPE.directory)
    await compareDirectory(comparing, path, {a: a.handle, b: b.handle})
}

async function compareDirectory(
  comparing: Comparing,
  path: string,
  {a, b}: {readonly a: Buffer; readonly b: Buffer},
): Promise<void> {
  const {from, to, calls, found, limit} = comparing
  const [left, right] = [await entriesOf(from, a, calls), await entriesOf(to, b, calls)]
  const pathOf = (name: string): string => (path === '' ? name : `${path}/${name}`)
  for (const entry of left.values()) {
    if (found.length >= limit) return
    await compareEntry(comparing, pathOf(entry.name), {a: entry, b: right.get(entry.name)})
  }
  for (const name of right.keys()) if (!left.has(name)) found.push({path: pathOf(name), what: 'only in the copy'})
}

/**
 * Compares everything below two exports: names, types, owners, permissions, what files hold and when they changed.
 * @returns the differences, none when the trees are alike
 * @throws NfsStatusError, RpcError; the signal's reason when aborted
 */
export async function compareTrees(from: Tree, to: Tree, options: CompareOptions): Promise<readonly TreeDifference[]> {
  const {signal, timeoutMs, limit} = options
  const found: TreeDifference[] = []
  const calls = {signal, timeoutMs}
  const comparing = {from, to, calls, stepNs: await clockStepNs(from, to, calls), limit, found}
  await compareDirectory(comparing, '', {a: from.root, b: to.root})
  return found.slice(0, limit)
}

/**
 * Names of a tree that another one does not have, or has of another type: what a copy into it would mix with.
 * @returns at most `limit` paths
 * @throws NfsStatusError, RpcError
 */
export async function foreignEntries(from: Tree, to: Tree, options: CompareOptions): Promise<readonly string[]> {
  const {signal, timeoutMs, limit} = options
  const calls = {signal, timeoutMs}
  const foreign: string[] = []
  const walk = async (a: Buffer, b: Buffer, path: string): Promise<void> => {
    const [left, right] = [await entriesOf(from, a, calls), await entriesOf(to, b, calls)]
    for (const entry of right.values()) {
      if (foreign.length >= limit) return
      const source = left.get(entry.name)
      const here = path === '' ? entry.name : `${path}/${entry.name}`
      if (source?.attributes.type !== entry.attributes.type) foreign.push(here)
      else if (entry.attributes.type === FILE_TYPE.directory) await walk(source.handle, entry.handle, here)
    }
  }
  await walk(from.root, to.root, '')
  return foreign
}
