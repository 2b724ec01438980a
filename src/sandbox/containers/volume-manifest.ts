import {createHash, type Hash} from 'node:crypto'
import {chmodSync, lstatSync, readdirSync, readFileSync, readlinkSync, writeFileSync} from 'node:fs'
import path from 'node:path'

/** `special`: a pipe, socket or device. */
export type EntryType = 'file' | 'directory' | 'symlink' | 'special'

/** One entry of a private copy: enough to tell a change, a deletion and a rename apart. */
export interface ManifestEntry {
  readonly type: EntryType
  readonly mode: number
  readonly uid: number
  readonly gid: number
  /** Nanoseconds since 1970, decimal. */
  readonly mtimeNs: string
  readonly ctimeNs: string
  /** Inode and birth time: the same file under another name is a rename. */
  readonly identity: string
  /** Of a file's content, as `createDigest` makes it; empty where nothing is compared with it. */
  readonly digest: string
  /** Target of a symbolic link. */
  readonly target: string
  /** Made by this write-back rather than fetched. */
  readonly fresh?: boolean
}

/** Relative path → entry. */
export type Manifest = Map<string, ManifestEntry>

export interface SavedManifest {
  readonly entries: Manifest
  /** Names on the share that could not be fetched: never deleted, never overwritten blindly. */
  readonly untouched: ReadonlySet<string>
}

function typeOf(stat: {isFile(): boolean; isDirectory(): boolean; isSymbolicLink(): boolean}): EntryType {
  if (stat.isFile()) return 'file'
  if (stat.isDirectory()) return 'directory'
  return stat.isSymbolicLink() ? 'symlink' : 'special'
}

/** Does the work on a file or folder that the process may have closed even to its owner. */
function withOwnerAccess<T>(file: string, mode: number, work: () => T): T {
  const needed = lstatSync(file).isDirectory() ? 0o500 : 0o400
  if ((mode & needed) === needed) return work()
  chmodSync(file, mode | needed)
  try {
    return work()
  } finally {
    chmodSync(file, mode)
  }
}

/** Content of a file of the copy, whatever its mode. */
export function readCopied(file: string): Buffer {
  return withOwnerAccess(file, lstatSync(file).mode & 0o7777, () => readFileSync(file))
}

/** Makes the digest of a file's content, `hex`. */
export function createDigest(): Hash {
  return createHash('sha256')
}

/** A file that is scanned: where it is, and which one. */
interface ScannedFile {
  readonly place: string
  readonly identity: string
}

interface ScanOptions {
  /** The digest of a file that need not be read for it; undefined where it must. */
  readonly digestOf?: (file: ScannedFile) => string | undefined
}

/** Walks a directory without following links, parents before children. */
export function scanDirectory(root: string, {digestOf = () => undefined}: ScanOptions = {}): Manifest {
  const manifest: Manifest = new Map()
  const visit = (place: string): void => {
    const file = path.join(root, place)
    const stat = lstatSync(file, {bigint: true})
    const type = typeOf(stat)
    const target = type === 'symlink' ? readlinkSync(file) : ''
    const identity = `${stat.ino}:${stat.birthtimeNs}`
    const read = (): string => createDigest().update(readCopied(file)).digest('hex')
    const digest = type === 'file' ? (digestOf({place, identity}) ?? read()) : ''
    const mode = Number(stat.mode) & 0o7777
    const times = {mtimeNs: String(stat.mtimeNs), ctimeNs: String(stat.ctimeNs)}
    const owner = {uid: Number(stat.uid), gid: Number(stat.gid)}
    manifest.set(place, {type, mode, ...owner, ...times, identity, digest, target})
    if (type === 'directory') withOwnerAccess(file, mode, () => walk(place))
  }
  const walk = (relative: string): void => {
    for (const name of readdirSync(path.join(root, relative)).sort()) visit(path.posix.join(relative, name))
  }
  walk('')
  return manifest
}

/** The directory as it is now; a file is read only where there is something to compare it with, not when it is new. */
export function scanAgain(root: string, before: Manifest): Manifest {
  const identities = new Set([...before.values()].map(({identity}) => identity))
  const isKnown = ({place, identity}: ScannedFile): boolean => before.has(place) || identities.has(identity)
  return scanDirectory(root, {digestOf: (file) => (isKnown(file) ? undefined : '')})
}

export function writeManifest(file: string, manifest: SavedManifest): void {
  const text = JSON.stringify({entries: [...manifest.entries], untouched: [...manifest.untouched]})
  writeFileSync(file, text, {mode: 0o600})
}

export function readManifest(file: string): SavedManifest {
  const {entries, untouched} = JSON.parse(readFileSync(file, 'utf8')) as {
    entries: [string, ManifestEntry][]
    untouched: string[]
  }
  return {entries: new Map(entries), untouched: new Set(untouched)}
}
