import type {CallOptions} from '../client/rpc-connection.js'
import {FILE_TYPE} from '../wire/nfs3-attributes.js'
import {copyFile} from './copy-file.js'
import {makeNode, setLike} from './make-node.js'
import {attributeDifference, clockStepNs, entriesOf, sameTime, type Tree, type TreeEntry} from './tree-entry.js'

export interface CopyCounts {
  entries: number
  bytes: number
  /** Entries that an earlier copy has brought already. */
  unchanged: number
}

export interface CopyTreeOptions {
  readonly signal?: AbortSignal | undefined
  /** For each call. */
  readonly timeoutMs?: number | undefined
  readonly onProgress?: ((counts: Readonly<CopyCounts>) => void) | undefined
}

interface Copying {
  readonly from: Tree
  readonly to: Tree
  readonly calls: CallOptions
  readonly stepNs: number
  readonly counts: CopyCounts
  readonly onProgress: () => void
  /** Files of several names: where the first of them lies in the copy. */
  readonly linked: Map<string, Buffer>
}

/** Files are copied some at a time: each waits for the network most of its time. */
const FILES_AT_ONCE = 4

/** Whether an earlier copy has brought it: the time of change is set last, so it tells of the file as a whole. */
function isBrought({stepNs}: Copying, source: TreeEntry, there: TreeEntry | undefined): boolean {
  if (there === undefined || attributeDifference(source.attributes, there.attributes) !== undefined) return false
  if (source.attributes.type === FILE_TYPE.symlink) return true
  const [is, was] = [source.attributes, there.attributes]
  return is.size === was.size && sameTime(is.mtime, was.mtime, stepNs)
}

function linkKey({attributes}: TreeEntry): string | undefined {
  const {type, nlink, fsid, fileid} = attributes
  return type !== FILE_TYPE.directory && nlink > 1 ? `${fsid}:${fileid}` : undefined
}

async function copyLeaf(copying: Copying, place: {dir: Buffer; name: string}, source: TreeEntry): Promise<Buffer> {
  const {from, to, calls, counts} = copying
  const isLink = source.attributes.type === FILE_TYPE.symlink
  const target = isLink ? (await from.nfs.readlink({handle: source.handle}, calls)).target : ''
  const handle = await makeNode(to, place, {source, target, calls})
  if (source.attributes.type === FILE_TYPE.regular) {
    const onBytes = (bytes: number): void => {
      counts.bytes += bytes
      copying.onProgress()
    }
    const ends = {from: {nfs: from.nfs, handle: source.handle}, to: {nfs: to.nfs, handle}}
    await copyFile(ends, {...calls, onBytes})
  }
  await setLike(to, handle, {attributes: source.attributes, calls})
  return handle
}

async function copyEntry(
  copying: Copying,
  dir: Buffer,
  {source, there}: {source: TreeEntry; there: TreeEntry | undefined},
): Promise<void> {
  const {to, calls, counts, linked} = copying
  const place = {dir, name: source.name}
  const key = linkKey(source)
  const first = key === undefined ? undefined : linked.get(key)
  counts.entries += 1
  let handle = there?.handle
  if (isBrought(copying, source, there)) counts.unchanged += 1
  else if (first !== undefined && there === undefined) await to.nfs.link({handle: first, ...place}, calls)
  else handle = await copyLeaf(copying, place, source)
  if (key !== undefined && first === undefined && handle !== undefined) linked.set(key, handle)
  copying.onProgress()
}

async function copyDirectory(copying: Copying, from: Buffer, to: Buffer): Promise<void> {
  const {calls, counts} = copying
  const sources = await entriesOf(copying.from, from, calls)
  const there = await entriesOf(copying.to, to, calls)
  const leaves = [...sources.values()].filter(({attributes}) => attributes.type !== FILE_TYPE.directory)
  // Names of one file come one after the other, so that the second finds the first.
  const single = leaves.filter((entry) => linkKey(entry) === undefined)
  for (let next = 0; next < single.length; next += FILES_AT_ONCE) {
    const some = single.slice(next, next + FILES_AT_ONCE)
    await Promise.all(some.map((source) => copyEntry(copying, to, {source, there: there.get(source.name)})))
  }
  for (const source of leaves.filter((entry) => linkKey(entry) !== undefined)) {
    await copyEntry(copying, to, {source, there: there.get(source.name)})
  }
  for (const source of sources.values()) {
    if (source.attributes.type !== FILE_TYPE.directory) continue
    counts.entries += 1
    const place = {dir: to, name: source.name}
    const handle = there.get(source.name)?.handle ?? (await makeNode(copying.to, place, {source, calls}))
    await copyDirectory(copying, source.handle, handle)
    await setLike(copying.to, handle, {attributes: source.attributes, calls})
  }
}

/**
 * Copies everything below one export into another, as root: files, directories, symbolic and hard links, special files,
 * with owners, permissions and times of change. What an earlier copy has brought as a whole is left as it is, so a copy
 * that was cut off goes on where it was. Nothing is removed.
 * @throws NfsStatusError, RpcError; the signal's reason when aborted
 */
export async function copyTree(from: Tree, to: Tree, options: CopyTreeOptions = {}): Promise<Readonly<CopyCounts>> {
  const {signal, timeoutMs, onProgress} = options
  const counts: CopyCounts = {entries: 0, bytes: 0, unchanged: 0}
  const calls = {signal, timeoutMs}
  const stepNs = await clockStepNs(from, to, calls)
  const copying = {
    from,
    to,
    calls,
    stepNs,
    counts,
    linked: new Map<string, Buffer>(),
    onProgress: () => onProgress?.(counts),
  }
  await copyDirectory(copying, from.root, to.root)
  const {attributes} = await from.nfs.getattr({handle: from.root}, calls)
  await setLike(to, to.root, {attributes, calls})
  return counts
}
