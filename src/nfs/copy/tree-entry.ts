import {listDirectory} from '../client/list-directory.js'
import type {Nfs3Client} from '../client/nfs3-client.js'
import type {CallOptions} from '../client/rpc-connection.js'
import type {Attributes, NfsTime} from '../wire/nfs3-attributes.js'

/** An exported tree, spoken to as one uid. */
export interface Tree {
  readonly nfs: Nfs3Client
  readonly root: Buffer
}

/** One name in a directory of a tree. */
export interface TreeEntry {
  readonly name: string
  readonly handle: Buffer
  readonly attributes: Attributes
}

/** Far more than a VCH makes; a listing that does not end is still found out. */
const MAX_ENTRIES = 10_000_000

/** What a file system makes for itself in its root; no data, and on the other side there is one, too. */
const OF_THE_FILE_SYSTEM = 'lost+found'

async function complete(
  nfs: Nfs3Client,
  dir: Buffer,
  {
    entry,
    calls,
  }: {entry: {name: string; handle?: Buffer | undefined; attributes?: Attributes | undefined}; calls: CallOptions},
): Promise<TreeEntry> {
  const {name} = entry
  const handle = entry.handle ?? (await nfs.lookup({dir, name}, calls)).handle
  const attributes = entry.attributes ?? (await nfs.getattr({handle}, calls)).attributes
  return {name, handle, attributes}
}

/** The entries of a directory by name, with handles and attributes even where READDIRPLUS leaves them out (RFC 1813 § 3.3.17). */
export async function entriesOf(
  {nfs, root}: Tree,
  dir: Buffer,
  calls: CallOptions,
): Promise<ReadonlyMap<string, TreeEntry>> {
  const listed = await listDirectory(nfs, dir, {signal: calls.signal, maxEntries: MAX_ENTRIES})
  const isRoot = dir.equals(root)
  const shown = listed.filter(({name}) => name !== '.' && name !== '..' && !(isRoot && name === OF_THE_FILE_SYSTEM))
  const entries = new Map<string, TreeEntry>()
  for (const entry of shown) entries.set(entry.name, await complete(nfs, dir, {entry, calls}))
  return entries
}

function nanosecondsOf({seconds, nanoseconds}: NfsTime): number {
  return seconds * 1e9 + nanoseconds
}

/** The coarser of the two clocks that times are kept by (`time_delta`, RFC 1813 § 3.3.19), in nanoseconds. */
export async function clockStepNs(from: Tree, to: Tree, calls: CallOptions): Promise<number> {
  const infos = [await from.nfs.fsinfo({handle: from.root}, calls), await to.nfs.fsinfo({handle: to.root}, calls)]
  return Math.max(...infos.map(({timeDelta}) => nanosecondsOf(timeDelta)))
}

/** Alike as far as both servers can keep a time; each of them may round. */
export function sameTime(a: NfsTime, b: NfsTime, stepNs: number): boolean {
  if (Math.abs(a.seconds - b.seconds) > 1 + (2 * stepNs) / 1e9) return false
  const origin = Math.min(a.seconds, b.seconds)
  const since = ({seconds, nanoseconds}: NfsTime): number => (seconds - origin) * 1e9 + nanoseconds
  return Math.abs(since(a) - since(b)) <= 2 * stepNs
}

/** Permissions with set-uid, set-gid and sticky; some servers put the type into the mode, too. */
export function permissionsOf({mode}: Attributes): number {
  return mode & 0o7777
}

/** What must be alike so that a copy counts as one, apart from what a file holds; undefined when it is. */
export function attributeDifference(from: Attributes, to: Attributes): string | undefined {
  if (from.type !== to.type) return 'of another type'
  if (from.uid !== to.uid || from.gid !== to.gid) return `owned by ${to.uid}:${to.gid}, not ${from.uid}:${from.gid}`
  if (permissionsOf(from) !== permissionsOf(to)) {
    return `of mode ${permissionsOf(to).toString(8)}, not ${permissionsOf(from).toString(8)}`
  }
  return undefined
}
