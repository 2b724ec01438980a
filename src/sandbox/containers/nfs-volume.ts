import {chmodSync, closeSync, linkSync, mkdirSync, openSync, rmSync, symlinkSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {listDirectory} from '../../nfs/client/list-directory.js'
import {isNfsStatus} from '../../nfs/client/nfs-status-error.js'
import {openExport, type OpenExport} from '../../nfs/client/open-export.js'
import {readFileParts} from '../../nfs/client/whole-file.js'
import {hasOddBytes} from '../../nfs/wire/byte-text.js'
import {FILE_TYPE, type Attributes} from '../../nfs/wire/nfs3-attributes.js'
import type {EntryPlus} from '../../nfs/wire/nfs3-results.js'
import {NFS3_STATUS} from '../../nfs/wire/status.js'
import {leadsOut} from './escaping-links.js'
import {removeDirectory} from './remove-directory.js'
import {createDigest, scanDirectory, writeManifest} from './volume-manifest.js'

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
/** Bytes of one READ or WRITE of the copy: the most that our server takes. A container VM's own mount asks for 131072. */
export const TRANSFER_BYTES = 1024 * 1024
const OWN_FILE = 0o600
const OWN_DIRECTORY = 0o700

export interface CopyOptions {
  readonly signal?: AbortSignal
}

export interface FetchOptions extends CopyOptions {
  /** For the mount alone: how much there is to copy says nothing about the server. */
  readonly mountSignal?: AbortSignal
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
  /** Links that may lead out of the copy. */
  readonly escaping: string[]
  /** Digests of the files that were fetched, by place. */
  readonly digests: Map<string, string>
  /** First place of each file with several names, by file id. */
  readonly hardLinks: Map<bigint, string>
}

function checkName(name: string): string {
  if (name === '' || name.includes('/') || name.includes('\0'))
    throw new Error('the server sent an impossible file name')
  return name
}

/**
 * What cannot be in the copy is a link to itself there: it can be listed, renamed and deleted as on the share, and
 * neither read nor written, not even by root.
 */
function leaveUntouched(fetch: Fetch, place: string): void {
  symlinkSync(path.basename(place), path.join(fetch.root, place))
  fetch.untouched.add(place)
}

function isRefusal(error: unknown): boolean {
  return isNfsStatus(error, NFS3_STATUS.ACCES.number, NFS3_STATUS.PERM.number)
}

interface Found {
  readonly place: string
  readonly handle: Buffer
  readonly attributes: Attributes
}

async function fetchFolder(fetch: Fetch, {place, handle, attributes}: Found): Promise<void> {
  const local = path.join(fetch.root, place)
  mkdirSync(local, {mode: OWN_DIRECTORY})
  try {
    await fetchDirectory(fetch, handle, place)
  } catch (error) {
    if (!isRefusal(error)) throw error
    fetch.untouched.add(place)
  }
  chmodSync(local, (attributes.mode & 0o777) | OWN_DIRECTORY)
}

/** @returns the digest of what was fetched, as the manifest has it */
async function fetchContent({mounted, signal}: Fetch, handle: Buffer, local: string): Promise<string> {
  const options = {signal, maxBytes: MAX_FILE_BYTES, chunkBytes: TRANSFER_BYTES}
  const digest = createDigest()
  const fd = openSync(local, 'wx', OWN_FILE)
  try {
    for await (const part of readFileParts(mounted.nfs, handle, options)) {
      digest.update(part)
      writeFileSync(fd, part)
    }
  } finally {
    closeSync(fd)
  }
  return digest.digest('hex')
}

/** The real kernel client would fail on use only, so a file that this user may not read is no error here. */
async function fetchFile(fetch: Fetch, {place, handle, attributes}: Found): Promise<void> {
  const local = path.join(fetch.root, place)
  const other = attributes.nlink > 1 ? fetch.hardLinks.get(attributes.fileid) : undefined
  if (other !== undefined) {
    linkSync(path.join(fetch.root, other), local)
    fetch.digests.set(place, fetch.digests.get(other) ?? '')
    return
  }
  try {
    fetch.digests.set(place, await fetchContent(fetch, handle, local))
  } catch (error) {
    if (!isRefusal(error)) throw error
    rmSync(local, {force: true})
    leaveUntouched(fetch, place)
    return
  }
  chmodSync(local, (attributes.mode & 0o777) | OWN_FILE)
  if (attributes.nlink > 1) fetch.hardLinks.set(attributes.fileid, place)
}

async function fetchLink(fetch: Fetch, {place, handle}: Found): Promise<void> {
  const {target} = await fetch.mounted.nfs.readlink({handle}, {signal: fetch.signal})
  if (leadsOut(place, target)) {
    leaveUntouched(fetch, place)
    fetch.escaping.push(place)
  } else {
    symlinkSync(target, path.join(fetch.root, place))
  }
}

async function fetchEntry(fetch: Fetch, entry: EntryPlus, place: string): Promise<void> {
  const {handle, attributes} = entry
  if (handle === undefined || attributes === undefined) throw new Error(`READDIRPLUS: no handle for ${place}`)
  const found: Found = {place, handle, attributes}
  if (attributes.type === FILE_TYPE.directory) await fetchFolder(fetch, found)
  else if (attributes.type === FILE_TYPE.regular) await fetchFile(fetch, found)
  else if (attributes.type === FILE_TYPE.symlink) await fetchLink(fetch, found)
  else leaveUntouched(fetch, place)
}

async function fetchDirectory(fetch: Fetch, dir: Buffer, relative: string): Promise<void> {
  for (const entry of await listDirectory(fetch.mounted.nfs, dir, {signal: fetch.signal})) {
    // A name that is no UTF-8 stays on the share, untouched: the commands of a container here are text.
    if (entry.name === '.' || entry.name === '..' || hasOddBytes(entry.name)) continue
    await fetchEntry(fetch, entry, path.posix.join(relative, checkName(entry.name)))
  }
}

/**
 * Copies the volume's content through NFS into its private directory and notes what it was like.
 * @returns the symbolic links that were left out, since on this machine they lead out of the copy
 * @throws RpcError, NfsStatusError, the signal's reason
 */
export async function fetchNfsVolume(volume: NfsVolume, options: FetchOptions): Promise<readonly string[]> {
  const {signal} = options
  const signals = [signal, options.mountSignal].filter((each) => each !== undefined)
  removeDirectory(volume.directory)
  mkdirSync(volume.directory, {recursive: true, mode: OWN_DIRECTORY})
  const mounted = await openVolume(volume, {signal: AbortSignal.any(signals)})
  try {
    const untouched = new Set<string>()
    const fetch: Fetch = {
      mounted,
      root: volume.directory,
      untouched,
      escaping: [],
      digests: new Map(),
      hardLinks: new Map(),
      ...(signal === undefined ? {} : {signal}),
    }
    await fetchDirectory(fetch, mounted.root, '')
    const entries = scanDirectory(volume.directory, {digestOf: ({place}) => fetch.digests.get(place)})
    writeManifest(volume.manifest, {entries, untouched})
    return fetch.escaping
  } finally {
    await mounted.close()
  }
}
