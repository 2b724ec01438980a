import type {CallOptions} from '../client/rpc-connection.js'
import {FILE_TYPE} from '../wire/nfs3-attributes.js'
import {atPath} from './at-path.js'
import {copyFile} from './copy-file.js'
import {canBecome, hasChanged, isBrought, refuseOfSomebody} from './earlier-copy.js'
import {createLinkLedger, type LinkLedger} from './link-ledger.js'
import {makeNode, setLike} from './make-node.js'
import {setAside} from './move-folder.js'
import {boundsOf, entriesOf, pathBelow, type Bounds, type Tree, type TreeEntry} from './tree-entry.js'

export interface CopyCounts {
  entries: number
  bytes: number
  /** Entries that an earlier copy has brought already. */
  unchanged: number
  /** Entries of an earlier copy that the source does not have any more, or has as something else. */
  setAside: number
}

export interface CopyTreeOptions {
  readonly signal?: AbortSignal | undefined
  /** For each call. */
  readonly timeoutMs?: number | undefined
  readonly onProgress?: ((counts: Readonly<CopyCounts>) => void) | undefined
}

interface Copying extends Bounds {
  readonly from: Tree
  readonly to: Tree
  readonly calls: CallOptions
  readonly counts: CopyCounts
  readonly onProgress: () => void
  readonly links: LinkLedger
}

interface Pair {
  /** Relative to the export. */
  readonly path: string
  /** The directory of the copy that it belongs into. */
  readonly dir: Buffer
  readonly source: TreeEntry
  readonly there: TreeEntry | undefined
}

/** Files are copied some at a time: each waits for the network most of its time. */
const FILES_AT_ONCE = 4

async function outOfTheWay(copying: Copying, dir: Buffer, name: string): Promise<void> {
  await setAside(copying.to, {dir, name}, copying.calls)
  copying.counts.setAside += 1
}

async function copyLeaf(copying: Copying, {dir, source, there}: Pair): Promise<Buffer> {
  const {from, to, calls, counts, chunkBytes} = copying
  const {type} = source.attributes
  const place = {dir, name: source.name}
  const target = type === FILE_TYPE.symlink ? (await from.nfs.readlink(source, calls)).target : ''
  const handle = there?.handle ?? (await makeNode(to, place, {source, target, calls}))
  if (type === FILE_TYPE.regular) {
    const onBytes = (bytes: number): void => {
      counts.bytes += bytes
      copying.onProgress()
    }
    const ends = [
      {nfs: from.nfs, handle: source.handle},
      {nfs: to.nfs, handle},
    ] as const
    const read = await copyFile(...ends, {...calls, chunkBytes, isNew: there === undefined, onBytes})
    // Written to meanwhile: it stays under way, so that a later copy brings it and does not take it for somebody's.
    if (read !== undefined && hasChanged(source.attributes, read)) return handle
  }
  await setLike(to, handle, {attributes: source.attributes, calls})
  return handle
}

async function copyEntry(copying: Copying, pair: Pair): Promise<void> {
  const {to, calls, counts, links} = copying
  const {path, dir, source} = pair
  counts.entries += 1
  let {there} = pair
  const first = links.first(source)
  const fits = there === undefined || links.admit(source, there)
  if (there !== undefined && !(fits && (await canBecome(source, there, copying)))) {
    await outOfTheWay(copying, dir, source.name)
    there = undefined
  }
  if (there !== undefined && (first !== undefined || isBrought(copying, source, there))) {
    counts.unchanged += 1
    links.note(source, there.handle, there)
  } else if (first !== undefined) {
    await to.nfs.link({handle: first, dir, name: source.name}, calls)
  } else {
    if (there !== undefined) refuseOfSomebody(path, source, there)
    links.note(source, await copyLeaf(copying, {...pair, there}), there)
  }
  copying.onProgress()
}

/** Runs the work on some at a time; what has begun is waited for even when one of them fails. */
async function someAtATime<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  for (let next = 0; next < items.length; next += FILES_AT_ONCE) {
    const results = await Promise.allSettled(items.slice(next, next + FILES_AT_ONCE).map(work))
    const failed = results.find((result) => result.status === 'rejected')
    if (failed !== undefined) throw failed.reason
  }
}

async function copySubdirectory(copying: Copying, pair: Pair): Promise<void> {
  const {path, dir, source} = pair
  const {calls, counts} = copying
  counts.entries += 1
  let {there} = pair
  if (there !== undefined && there.attributes.type !== FILE_TYPE.directory) {
    await outOfTheWay(copying, dir, source.name)
    there = undefined
  }
  const handle = there?.handle ?? (await makeNode(copying.to, {dir, name: source.name}, {source, calls}))
  await copyDirectory(copying, path, {from: source.handle, to: handle})
  await setLike(copying.to, handle, {attributes: source.attributes, calls})
}

async function copyDirectory(
  copying: Copying,
  path: string,
  {from, to}: {readonly from: Buffer; readonly to: Buffer},
): Promise<void> {
  const {calls} = copying
  const sources = await atPath(path, () => entriesOf(copying.from, from, calls))
  const there = await atPath(path, () => entriesOf(copying.to, to, calls))
  for (const name of there.keys()) {
    if (!sources.has(name)) await atPath(pathBelow(path, name), () => outOfTheWay(copying, to, name))
  }
  const pairs = [...sources.values()].map((source) => {
    return {path: pathBelow(path, source.name), dir: to, source, there: there.get(source.name)}
  })
  const isFolder = ({source}: Pair): boolean => source.attributes.type === FILE_TYPE.directory
  const leaves = pairs.filter((pair) => !isFolder(pair))
  // Names of one file come one after the other, so that the second finds the first.
  const isSingle = ({source}: Pair): boolean => source.attributes.nlink === 1
  await someAtATime(leaves.filter(isSingle), (pair) => atPath(pair.path, () => copyEntry(copying, pair)))
  for (const pair of leaves.filter((leaf) => !isSingle(leaf))) await atPath(pair.path, () => copyEntry(copying, pair))
  for (const pair of pairs.filter(isFolder)) await atPath(pair.path, () => copySubdirectory(copying, pair))
}

/**
 * Copies everything below one export into another, as root: files, directories, symbolic and hard links, special files,
 * with owners, permissions and times of change. What an earlier copy has brought as a whole is left as it is, so a copy
 * that was cut off goes on where it was. What is in the way of it is set aside in the folder of the move, nothing is
 * removed, and nothing that somebody else has written is written over.
 * @throws VN-MOVE-TARGET for such a file; EntryError for what a server refuses; NfsStatusError, RpcError; the signal's reason when aborted
 */
export async function copyTree(from: Tree, to: Tree, options: CopyTreeOptions = {}): Promise<Readonly<CopyCounts>> {
  const {signal, timeoutMs, onProgress} = options
  const counts: CopyCounts = {entries: 0, bytes: 0, unchanged: 0, setAside: 0}
  const calls = {signal, timeoutMs}
  const copying = {
    ...{from, to, calls, counts},
    ...(await boundsOf(from, to, calls)),
    links: createLinkLedger(),
    onProgress: () => onProgress?.(counts),
  }
  await copyDirectory(copying, '', {from: from.root, to: to.root})
  const {attributes} = await from.nfs.getattr({handle: from.root}, calls)
  await setLike(to, to.root, {attributes, calls})
  return counts
}
