import path from 'node:path'
import {messageOf} from '../../model/vicnfs-error.js'
import {isNfsStatus, NfsStatusError} from '../../nfs/client/nfs-status-error.js'
import type {OpenExport} from '../../nfs/client/open-export.js'
import {storeFile, writeWholeFile} from '../../nfs/client/whole-file.js'
import {KEEP_ATTRIBUTES} from '../../nfs/wire/nfs3-attributes.js'
import {NFS3_STATUS} from '../../nfs/wire/status.js'
import {openVolume, TRANSFER_BYTES, type NfsVolume} from './nfs-volume.js'
import {volumeChanges, type Change} from './volume-changes.js'
import {readCopied, readManifest, scanAgain, type ManifestEntry} from './volume-manifest.js'

/** A change that this write-back has no call for. */
class NotCarried extends Error {
  override readonly name = 'NotCarried'
}

const OWNER_ACCESS = 0o700

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

/** The copy's content in place of an existing file's. */
async function writeFile(save: Save, place: string): Promise<void> {
  const {nfs} = save.mounted
  const handle = await handleOf(save, place)
  await nfs.setattr({handle, attributes: {...KEEP_ATTRIBUTES, size: 0n}, guardCtime: undefined})
  await writeWholeFile(nfs, handle, readCopied(path.join(save.root, place)), {chunkBytes: TRANSFER_BYTES})
}

async function apply(save: Save, change: Change): Promise<void> {
  const {nfs} = save.mounted
  if (change.kind === 'setattr') {
    const attributes = {...KEEP_ATTRIBUTES, ...change.attributes}
    await nfs.setattr({handle: await handleOf(save, change.place), attributes, guardCtime: undefined})
    return
  }
  const where = await parentOf(save, change.place)
  if (change.kind === 'rename') {
    const from = await parentOf(save, change.from)
    await nfs.rename({fromDir: from.dir, fromName: from.name, toDir: where.dir, toName: where.name})
  } else if (change.kind === 'link') {
    await nfs.link({handle: await handleOf(save, change.from), ...where})
  } else if (change.kind === 'mkdir') {
    await nfs.mkdir({...where, attributes: {...KEEP_ATTRIBUTES, mode: change.entry.mode | OWNER_ACCESS}})
  } else if (change.kind === 'symlink') {
    await nfs.symlink({...where, attributes: KEEP_ATTRIBUTES, target: change.entry.target})
  } else if (change.kind === 'create') {
    const data = readCopied(path.join(save.root, change.place))
    await storeFile(nfs, {...where, data}, {mode: change.entry.mode, chunkBytes: TRANSFER_BYTES})
  } else if (change.kind === 'write') {
    await writeFile(save, change.place)
  } else {
    throw new NotCarried('a pipe, socket or device of the sandbox cannot be written back')
  }
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
    if (error instanceof NfsStatusError || error instanceof NotCarried) return [`${place}: ${error.message}`]
    throw error
  }
}

/** Writes back what changed, as the container's user. @returns what failed, with the NFS status's name */
export async function saveNfsVolume(volume: NfsVolume): Promise<readonly string[]> {
  const fetched = readManifest(volume.manifest)
  // New files have the ids of this process, whoever the container's user is.
  const owner = {uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0}
  const changes = volumeChanges(fetched.entries, scanAgain(volume.directory, fetched.entries), owner)
  const {structure, removals, contents, attributes} = changes
  const steps = structure.length + removals.length + contents.length + attributes.length
  if (steps === 0) return []
  if (volume.readOnly)
    return [`${NFS3_STATUS.ROFS.name}: the volume is mounted read-only, ${steps} changes were dropped`]
  const failures: string[] = []
  try {
    const mounted = await openVolume(volume)
    const save = {mounted, root: volume.directory}
    try {
      for (const change of structure) failures.push(...(await attempt(change.place, () => apply(save, change))))
      for (const [place, entry] of removals)
        failures.push(...(await attempt(place, () => removeEntry(save, place, entry))))
      for (const change of [...contents, ...attributes])
        failures.push(...(await attempt(change.place, () => apply(save, change))))
    } finally {
      await mounted.close()
    }
  } catch (error) {
    failures.push(messageOf(error))
  }
  return failures
}
