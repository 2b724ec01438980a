import path from 'node:path'
import type {NfsTime, SetAttributes} from '../../nfs/wire/nfs3-attributes.js'
import type {Manifest, ManifestEntry} from './volume-manifest.js'

/** What must happen on the share so that it becomes like the copy, in this order. */
export interface VolumeChanges {
  readonly structure: readonly Change[]
  /** Deepest first. */
  readonly removals: readonly (readonly [place: string, entry: ManifestEntry])[]
  readonly contents: readonly Change[]
  /** Owners, modes and times; deepest first, since a folder may be closed by its own. */
  readonly attributes: readonly Change[]
}

export type Change =
  | {readonly kind: 'rename' | 'link'; readonly from: string; readonly place: string}
  | {readonly kind: 'setattr'; readonly place: string; readonly attributes: Partial<SetAttributes>}
  | {
      /** `special`: a pipe, socket or device, which cannot be carried over. */
      readonly kind: 'mkdir' | 'create' | 'write' | 'symlink' | 'special'
      readonly place: string
      readonly entry: ManifestEntry
    }

/** Who the container's processes are on this machine: new files of theirs are not chowned. */
export interface LocalOwner {
  readonly uid: number
  readonly gid: number
}

const OWNER_ACCESS = 0o700
/** A write leaves a file's two times alike; `touch -d` sets one of them apart. */
const SET_APART_NS = 1_000_000_000n

/** Moves an entry and everything below it to its new name. */
function rekey(manifest: Manifest, from: string, place: string): void {
  for (const [key, entry] of [...manifest]) {
    if (key !== from && !key.startsWith(`${from}/`)) continue
    manifest.delete(key)
    manifest.set(`${place}${key.slice(from.length)}`, entry)
  }
}

function renamedFrom(before: Manifest, after: Manifest, place: string, entry: ManifestEntry): string | undefined {
  const there = before.get(place)
  if (there?.identity === entry.identity || (there !== undefined && there.type !== entry.type)) return undefined
  for (const [key, old] of before) {
    const gone = after.get(key)?.identity !== old.identity
    if (key !== place && gone && old.identity === entry.identity && old.type === entry.type) return key
  }
  return undefined
}

/** Another place of the share that keeps the same file: `place` is a hard link to it. */
function linkedFrom(before: Manifest, after: Manifest, place: string, entry: ManifestEntry): string | undefined {
  if (entry.type !== 'file') return undefined
  for (const [key, old] of before) {
    if (key === place || old.identity !== entry.identity || old.type !== 'file') continue
    if (after.get(key)?.identity === entry.identity) return key
  }
  return undefined
}

function isGone(before: Manifest, after: Manifest, place: string, old: ManifestEntry): boolean {
  const now = after.get(place)
  if (now?.type !== old.type) return true
  if (now.type === 'symlink') return now.target !== old.target
  return now.identity !== old.identity && linkedFrom(before, after, place, now) !== undefined
}

function structureOf(before: Manifest, after: Manifest): readonly Change[] {
  const structure: Change[] = []
  for (const [place, entry] of after) {
    const from = renamedFrom(before, after, place, entry)
    if (from !== undefined) {
      structure.push({kind: 'rename', from, place})
      rekey(before, from, place)
    } else if (entry.type === 'directory' && !before.has(place)) {
      structure.push({kind: 'mkdir', place, entry})
      before.set(place, {...entry, mode: entry.mode | OWNER_ACCESS, fresh: true})
    }
  }
  return structure
}

function contentsOf(before: Manifest, after: Manifest): readonly Change[] {
  const contents: Change[] = []
  for (const [place, entry] of after) {
    const old = before.get(place)
    const from = old === undefined ? linkedFrom(before, after, place, entry) : undefined
    if (from !== undefined) {
      contents.push({kind: 'link', from, place})
    } else if (old === undefined) {
      const kinds = {directory: 'mkdir', file: 'create', symlink: 'symlink', special: 'special'} as const
      contents.push({kind: kinds[entry.type], place, entry})
    } else if (entry.type === 'file' && old.digest !== entry.digest) {
      contents.push({kind: 'write', place, entry})
    }
    const mode = entry.type === 'directory' ? entry.mode | OWNER_ACCESS : entry.mode
    if (old === undefined) before.set(place, {...entry, mode, fresh: true})
  }
  return contents
}

function timeOf(mtimeNs: string): NfsTime {
  const ns = BigInt(mtimeNs)
  return {seconds: Number(ns / SET_APART_NS), nanoseconds: Number(ns % SET_APART_NS)}
}

/** The time to set, if any: a value that the process set, or the server's clock for one that merely passed. */
function timeChange(old: ManifestEntry, entry: ManifestEntry, isTouched: boolean): Partial<SetAttributes> {
  if (entry.type !== 'file' && entry.type !== 'directory') return {}
  if (entry.mtimeNs === old.mtimeNs && old.fresh !== true) return {}
  const apart = BigInt(entry.mtimeNs) - BigInt(entry.ctimeNs)
  if (apart > SET_APART_NS || apart < -SET_APART_NS) return {mtime: timeOf(entry.mtimeNs)}
  return isTouched || old.fresh === true ? {} : {mtime: 'server'}
}

function attributesOf(before: Manifest, after: Manifest, done: {touched: Set<string>; owner: LocalOwner}): Change[] {
  return [...after].reverse().flatMap(([place, entry]): readonly Change[] => {
    const old = before.get(place)
    if (old === undefined || entry.type === 'special') return []
    const owner = old.fresh === true ? done.owner : old
    const attributes: Partial<SetAttributes> = {
      ...(entry.type === 'symlink' || old.mode === entry.mode ? {} : {mode: entry.mode}),
      ...(owner.uid === entry.uid ? {} : {uid: entry.uid}),
      ...(owner.gid === entry.gid ? {} : {gid: entry.gid}),
      ...timeChange(old, entry, done.touched.has(place)),
    }
    return Object.keys(attributes).length === 0 ? [] : [{kind: 'setattr', place, attributes}]
  })
}

/** Compares the copy as it was fetched with the copy as it is now. */
export function volumeChanges(fetched: Manifest, after: Manifest, owner: LocalOwner): VolumeChanges {
  const before: Manifest = new Map(fetched)
  const structure = structureOf(before, after)
  const removals = [...before]
    .filter(([place, old]) => isGone(before, after, place, old))
    .sort(([left], [right]) => right.split('/').length - left.split('/').length)
  for (const [place] of removals) before.delete(place)
  const contents = contentsOf(before, after)
  const changed = [...structure, ...contents].map(({place}) => place)
  const left = structure.flatMap((one) => (one.kind === 'rename' ? [one.from] : []))
  // What is written, and the folders of what comes and goes, get their times from the server.
  const folders = [...changed, ...left, ...removals.map(([place]) => place)].map((place) => path.posix.dirname(place))
  const attributes = attributesOf(before, after, {touched: new Set([...changed, ...folders]), owner})
  return {structure, removals, contents, attributes}
}
