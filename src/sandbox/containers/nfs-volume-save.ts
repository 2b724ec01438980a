import path from 'node:path'
import {messageOf} from '../../model/vicnfs-error.js'
import {isNfsStatus, NfsStatusError} from '../../nfs/client/nfs-status-error.js'
import type {OpenExport} from '../../nfs/client/open-export.js'
import {storeFile, writeWholeFile} from '../../nfs/client/whole-file.js'
import {KEEP_ATTRIBUTES, type SetAttributes} from '../../nfs/wire/nfs3-attributes.js'
import {NFS3_STATUS} from '../../nfs/wire/status.js'
import {openVolume, type NfsVolume} from './nfs-volume.js'
import {readCopied, readManifest, scanDirectory, type Manifest, type ManifestEntry} from './volume-manifest.js'

/** What must happen on the share so that it becomes like the copy, in this order. */
export interface VolumeChanges {
  readonly structure: readonly Change[]
  /** Deepest first. */
  readonly removals: readonly (readonly [place: string, entry: ManifestEntry])[]
  readonly contents: readonly Change[]
}

export type Change =
  | {readonly kind: 'rename'; readonly from: string; readonly place: string}
  | {
      readonly kind: 'mkdir' | 'create' | 'write' | 'symlink' | 'chmod'
      readonly place: string
      readonly entry: ManifestEntry
    }

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

function contentChange(old: ManifestEntry | undefined, place: string, entry: ManifestEntry): readonly Change[] {
  if (entry.type === 'symlink') return old?.target === entry.target ? [] : [{kind: 'symlink', place, entry}]
  if (entry.type === 'file') {
    if (old === undefined) return [{kind: 'create', place, entry}]
    const written: Change[] = old.digest === entry.digest ? [] : [{kind: 'write', place, entry}]
    return old.mode === entry.mode ? written : [...written, {kind: 'chmod', place, entry}]
  }
  return old === undefined || old.mode === entry.mode ? [] : [{kind: 'chmod', place, entry}]
}

/** Compares the copy as it was fetched with the copy as it is now. */
export function volumeChanges(fetched: Manifest, after: Manifest): VolumeChanges {
  const before: Manifest = new Map(fetched)
  const structure: Change[] = []
  for (const [place, entry] of after) {
    const from = renamedFrom(before, after, place, entry)
    if (from !== undefined) {
      structure.push({kind: 'rename', from, place})
      rekey(before, from, place)
    } else if (entry.type === 'directory' && !before.has(place)) {
      structure.push({kind: 'mkdir', place, entry})
      before.set(place, entry)
    }
  }
  const isGone = ([place, old]: readonly [string, ManifestEntry]): boolean => {
    const now = after.get(place)
    return now === undefined || now.type !== old.type || (now.type === 'symlink' && now.target !== old.target)
  }
  const removals = [...before]
    .filter(isGone)
    .sort(([left], [right]) => right.split('/').length - left.split('/').length)
  for (const [place] of removals) before.delete(place)
  const contents = [...after].flatMap(([place, entry]): readonly Change[] => {
    if (entry.type === 'directory' && !before.has(place)) return [{kind: 'mkdir', place, entry}]
    return contentChange(before.get(place), place, entry)
  })
  return {structure, removals, contents}
}

interface Save {
  readonly mounted: OpenExport
  readonly root: string
}

/** Handle of a place on the share, looked up name by name. */
async function handleOf({mounted}: Save, place: string): Promise<Buffer> {
  let handle = mounted.root
  for (const name of place.split('/')) {
    if (name !== '' && name !== '.') handle = (await mounted.nfs.lookup({dir: handle, name})).handle
  }
  return handle
}

async function parentOf(save: Save, place: string): Promise<{readonly dir: Buffer; readonly name: string}> {
  return {dir: await handleOf(save, path.posix.dirname(place)), name: path.posix.basename(place)}
}

/** New attributes for an existing file; with a size of 0 the copy's content follows. */
async function changeFile(save: Save, place: string, attributes: SetAttributes): Promise<void> {
  const {nfs} = save.mounted
  const handle = await handleOf(save, place)
  await nfs.setattr({handle, attributes, guardCtime: undefined})
  if (attributes.size === 0n) await writeWholeFile(nfs, handle, readCopied(path.join(save.root, place)))
}

async function apply(save: Save, change: Change): Promise<void> {
  const {nfs} = save.mounted
  const where = await parentOf(save, change.place)
  if (change.kind === 'rename') {
    const from = await parentOf(save, change.from)
    await nfs.rename({fromDir: from.dir, fromName: from.name, toDir: where.dir, toName: where.name})
    return
  }
  const {mode, target} = change.entry
  const attributes = {...KEEP_ATTRIBUTES, mode}
  const data = (): Buffer => readCopied(path.join(save.root, change.place))
  if (change.kind === 'mkdir') await nfs.mkdir({...where, attributes})
  else if (change.kind === 'symlink') await nfs.symlink({...where, attributes: KEEP_ATTRIBUTES, target})
  else if (change.kind === 'create') await storeFile(nfs, {...where, data: data()}, {mode})
  else await changeFile(save, change.place, change.kind === 'chmod' ? attributes : {...KEEP_ATTRIBUTES, size: 0n})
}

async function removeEntry(save: Save, place: string, entry: ManifestEntry): Promise<void> {
  try {
    const where = await parentOf(save, place)
    await (entry.type === 'directory' ? save.mounted.nfs.rmdir(where) : save.mounted.nfs.remove(where))
  } catch (error) {
    // Another container has removed it meanwhile.
    if (!isNfsStatus(error, NFS3_STATUS.NOENT.number)) throw error
  }
}

/** Runs one step. @returns what failed in words; an error below NFS ends everything */
async function attempt(place: string, work: () => Promise<void>): Promise<readonly string[]> {
  try {
    await work()
    return []
  } catch (error) {
    if (error instanceof NfsStatusError) return [`${place}: ${error.message}`]
    throw error
  }
}

/** Writes back what changed, as the container's user. @returns what failed, with the NFS status's name */
export async function saveNfsVolume(volume: NfsVolume): Promise<readonly string[]> {
  const fetched = readManifest(volume.manifest)
  const changes = volumeChanges(fetched.entries, scanDirectory(volume.directory))
  const steps = changes.structure.length + changes.removals.length + changes.contents.length
  if (steps === 0) return []
  if (volume.readOnly)
    return [`${NFS3_STATUS.ROFS.name}: the volume is mounted read-only, ${steps} changes were dropped`]
  const failures: string[] = []
  try {
    const mounted = await openVolume(volume)
    const save = {mounted, root: volume.directory}
    try {
      for (const change of changes.structure) failures.push(...(await attempt(change.place, () => apply(save, change))))
      for (const [place, entry] of changes.removals)
        failures.push(...(await attempt(place, () => removeEntry(save, place, entry))))
      for (const change of changes.contents) failures.push(...(await attempt(change.place, () => apply(save, change))))
    } finally {
      await mounted.close()
    }
  } catch (error) {
    failures.push(messageOf(error))
  }
  return failures
}
