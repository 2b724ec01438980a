import {listDirectory} from '../client/list-directory.js'
import type {Nfs3Client} from '../client/nfs3-client.js'
import type {CallOptions} from '../client/rpc-connection.js'
import {FILE_TYPE, type Attributes, type NfsTime} from '../wire/nfs3-attributes.js'
import {MOVE_FOLDER} from './move-folder.js'

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

/** What a file system makes for itself in its root; while it is empty it is no data, and the other side has its own. */
const OF_THE_FILE_SYSTEM = 'lost+found'

/** Of a page of a listing: names and cookies, and all of it. Larger than a VCH asks for, since there are many. */
const PAGE = {dirCount: 8192, maxCount: 32_768}

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

const listed = (nfs: Nfs3Client, dir: Buffer, {signal}: CallOptions) =>
  listDirectory(nfs, dir, {signal, maxEntries: MAX_ENTRIES, page: PAGE})

const isDot = ({name}: {readonly name: string}): boolean => name === '.' || name === '..'

/**
 * The entries of a directory by name, in the order of their names, with handles and attributes even where READDIRPLUS
 * leaves them out (RFC 1813 § 3.3.17). What a move and the file system keep in the root is left out.
 */
export async function entriesOf(
  {nfs, root}: Tree,
  dir: Buffer,
  calls: CallOptions,
): Promise<ReadonlyMap<string, TreeEntry>> {
  const isRoot = dir.equals(root)
  const all = (await listed(nfs, dir, calls)).filter((entry) => !isDot(entry))
  const shown = all.filter(({name}) => !(isRoot && name === MOVE_FOLDER))
  shown.sort((a, b) => (a.name < b.name ? -1 : 1))
  const entries = new Map<string, TreeEntry>()
  for (const entry of shown) {
    const whole = await complete(nfs, dir, {entry, calls})
    const mayBeEmpty = isRoot && entry.name === OF_THE_FILE_SYSTEM && whole.attributes.type === FILE_TYPE.directory
    if (mayBeEmpty && (await listed(nfs, whole.handle, calls)).every(isDot)) continue
    entries.set(entry.name, whole)
  }
  return entries
}

export function pathBelow(path: string, name: string): string {
  return path === '' ? name : `${path}/${name}`
}

/** What one file is known by, whatever its names. */
export function fileKey({attributes: {fsid, fileid}}: TreeEntry): string {
  return `${fsid}:${fileid}`
}

function nanosecondsOf({seconds, nanoseconds}: NfsTime): number {
  return seconds * 1e9 + nanoseconds
}

/** What two trees have in common. */
export interface Bounds {
  /** The coarser of the two clocks that times are kept by (`time_delta`, RFC 1813 § 3.3.19), in nanoseconds. */
  readonly stepNs: number
  /** Bytes of one READ and WRITE. */
  readonly chunkBytes: number
}

const [MIN_CHUNK_BYTES, MAX_CHUNK_BYTES] = [4096, 1_048_576]

/** FSINFO of both roots. @throws NfsStatusError, RpcError */
export async function boundsOf(from: Tree, to: Tree, calls: CallOptions): Promise<Bounds> {
  const infos = [await from.nfs.fsinfo({handle: from.root}, calls), await to.nfs.fsinfo({handle: to.root}, calls)]
  const stepNs = Math.max(...infos.map(({timeDelta}) => nanosecondsOf(timeDelta)))
  const most = Math.min(MAX_CHUNK_BYTES, ...infos.flatMap(({rtmax, wtmax}) => [rtmax, wtmax]))
  return {stepNs, chunkBytes: Math.max(MIN_CHUNK_BYTES, most)}
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

/** Which device a special file stands for; `''` for everything else. */
export function deviceOf({type, rdevMajor, rdevMinor}: Attributes): string {
  return type === FILE_TYPE.block || type === FILE_TYPE.character ? `${rdevMajor}:${rdevMinor}` : ''
}

/** What must be alike so that a copy counts as one, apart from what a file holds; undefined when it is. */
export function attributeDifference(from: Attributes, to: Attributes): string | undefined {
  if (from.type !== to.type) return 'of another type'
  if (from.uid !== to.uid || from.gid !== to.gid) return `owned by ${to.uid}:${to.gid}, not ${from.uid}:${from.gid}`
  if (permissionsOf(from) !== permissionsOf(to)) {
    return `of mode ${permissionsOf(to).toString(8)}, not ${permissionsOf(from).toString(8)}`
  }
  if (deviceOf(from) !== deviceOf(to)) return `device ${deviceOf(to)}, not ${deviceOf(from)}`
  return undefined
}
