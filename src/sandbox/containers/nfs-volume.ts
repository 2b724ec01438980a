import {chmodSync, mkdirSync, symlinkSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {listDirectory} from '../../nfs/client/list-directory.js'
import {isNfsStatus} from '../../nfs/client/nfs-status-error.js'
import {openExport, type OpenExport} from '../../nfs/client/open-export.js'
import {readWholeFile} from '../../nfs/client/whole-file.js'
import type {EntryPlus} from '../../nfs/wire/nfs3-results.js'
import {FILE_TYPE} from '../../nfs/wire/nfs3-attributes.js'
import {NFS3_STATUS} from '../../nfs/wire/status.js'
import {removeDirectory} from './remove-directory.js'
import {scanDirectory, writeManifest} from './volume-manifest.js'

/** An NFS volume of one container: where it is on the network, and its private copy on this machine. */
export interface NfsVolume {
  readonly host: string
  /** `<export>/volumes/<name>`: what the container VM mounts. */
  readonly exportPath: string
  readonly portmapPort: number
  readonly uid: number
  readonly gid: number
  readonly readOnly: boolean
  readonly directory: string
  readonly manifest: string
}

const MAX_FILE_BYTES = 512 * 1024 * 1024
const CALL_TIMEOUT_MS = 10_000
const OWN_FILE = 0o600
const OWN_DIRECTORY = 0o700

export interface CopyOptions {
  readonly signal?: AbortSignal
}

/** Mounts the volume as its container's process would, with that user's credential. */
export function openVolume(volume: NfsVolume, {signal}: CopyOptions = {}): Promise<OpenExport> {
  const credential = {
    flavor: 'sys',
    machine: 'container',
    uid: volume.uid,
    gid: volume.gid,
    gids: [volume.gid],
  } as const
  const options = {portmapPort: volume.portmapPort, timeoutMs: CALL_TIMEOUT_MS, signal}
  return openExport({host: volume.host, path: volume.exportPath, credential}, options)
}

interface Fetch extends CopyOptions {
  readonly mounted: OpenExport
  readonly root: string
  readonly untouched: Set<string>
}

function checkName(name: string): string {
  if (name === '' || name.includes('/') || name.includes('\0'))
    throw new Error('the server sent an impossible file name')
  return name
}

/** The real kernel client would fail on use only, so what this user may not read is left out of the copy. */
async function orUntouched(fetch: Fetch, place: string, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (!isNfsStatus(error, NFS3_STATUS.ACCES.number, NFS3_STATUS.PERM.number)) throw error
    fetch.untouched.add(place)
  }
}

async function fetchEntry(fetch: Fetch, entry: EntryPlus, place: string): Promise<void> {
  const {handle, attributes} = entry
  if (handle === undefined || attributes === undefined) throw new Error(`READDIRPLUS: no handle for ${place}`)
  const {nfs} = fetch.mounted
  const local = path.join(fetch.root, place)
  const permissions = attributes.mode & 0o777
  const options = {signal: fetch.signal}
  if (attributes.type === FILE_TYPE.directory) {
    mkdirSync(local, {mode: OWN_DIRECTORY})
    await orUntouched(fetch, place, () => fetchDirectory(fetch, handle, place))
    chmodSync(local, permissions | OWN_DIRECTORY)
  } else if (attributes.type === FILE_TYPE.regular) {
    await orUntouched(fetch, place, async () => {
      const data = await readWholeFile(nfs, handle, {...options, maxBytes: MAX_FILE_BYTES})
      writeFileSync(local, data, {flag: 'wx', mode: OWN_FILE})
      chmodSync(local, permissions | OWN_FILE)
    })
  } else if (attributes.type === FILE_TYPE.symlink) {
    symlinkSync((await nfs.readlink({handle}, options)).target, local)
  } else {
    fetch.untouched.add(place)
  }
}

async function fetchDirectory(fetch: Fetch, dir: Buffer, relative: string): Promise<void> {
  for (const entry of await listDirectory(fetch.mounted.nfs, dir, {signal: fetch.signal})) {
    if (entry.name === '.' || entry.name === '..') continue
    await fetchEntry(fetch, entry, path.posix.join(relative, checkName(entry.name)))
  }
}

/**
 * Copies the volume's content through NFS into its private directory and notes what it was like.
 * @throws RpcError, NfsStatusError, the signal's reason
 */
export async function fetchNfsVolume(volume: NfsVolume, {signal}: CopyOptions): Promise<void> {
  removeDirectory(volume.directory)
  mkdirSync(volume.directory, {recursive: true, mode: OWN_DIRECTORY})
  const mounted = await openVolume(volume, signal === undefined ? {} : {signal})
  try {
    const untouched = new Set<string>()
    const fetch = {mounted, root: volume.directory, untouched, ...(signal === undefined ? {} : {signal})}
    await fetchDirectory(fetch, mounted.root, '')
    writeManifest(volume.manifest, {entries: scanDirectory(volume.directory), untouched})
  } finally {
    await mounted.close()
  }
}
