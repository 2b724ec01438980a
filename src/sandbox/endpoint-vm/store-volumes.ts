import type {EntryPlus} from '../../nfs/wire/nfs3-results.js'
import {FILE_TYPE, KEEP_ATTRIBUTES} from '../../nfs/wire/nfs3-attributes.js'
import {STABILITY} from '../../nfs/wire/nfs3-arguments.js'
import {NFS3} from '../../nfs/wire/nfs3.js'
import {NFS3_STATUS} from '../../nfs/wire/status.js'
import {granted, withStore, type DialSettings, type StoreSession, type StoreTarget} from './store-session.js'

/** `DockerMetaData` of a volume in an NFS store (facts/vch-docker-api.md § 2.2). */
export interface VolumeMetadata {
  readonly Driver: string
  readonly DriverOpts: Readonly<Record<string, string>> | null
  readonly Name: string
  readonly Labels: Readonly<Record<string, string>> | null
  readonly AttachHistory: readonly string[]
  readonly Image: string
}

const VOLUMES = 'volumes'
const METADATA = 'volumes_metadata'
const METADATA_FILE = 'DockerMetaData'
const DIRECTORY = {...KEEP_ATTRIBUTES, mode: 0o755}
const DIR_COUNT = 512
const MAX_COUNT = 4096
const READ_BYTES = 65_536
/** A server that never comes to an end fails its store, and not the memory of the whole sandbox. */
const MAX_ENTRIES = 100_000
const MAX_METADATA_BYTES = 1024n * 1024n

async function lookup(session: StoreSession, dir: Buffer, name: string): Promise<Buffer> {
  return granted(await session.nfs.call(NFS3.lookup, {dir, name}, session.credential), `LOOKUP ${name}`).handle
}

async function mkdir(session: StoreSession, dir: Buffer, name: string): Promise<Buffer> {
  const made = granted(
    await session.nfs.call(NFS3.mkdir, {dir, name, attributes: DIRECTORY}, session.credential),
    `MKDIR ${name}`,
  )
  return made.handle ?? lookup(session, dir, name)
}

/** MKDIR at every boot: an existing folder is fine, anything else fails the store. */
async function ensureDirectory(session: StoreSession, name: string): Promise<void> {
  const args = {dir: session.root, name, attributes: DIRECTORY}
  const result = await session.nfs.call(NFS3.mkdir, args, session.credential)
  if (!result.ok && result.status !== NFS3_STATUS.EXIST.number) granted(result, `MKDIR ${name}`)
}

async function list(session: StoreSession, dir: Buffer): Promise<readonly (EntryPlus & {readonly handle: Buffer})[]> {
  const found: (EntryPlus & {readonly handle: Buffer})[] = []
  let seen = 0
  let cookie = 0n
  let cookieVerifier: Buffer = Buffer.alloc(8)
  for (;;) {
    const args = {dir, cookie, cookieVerifier, dirCount: DIR_COUNT, maxCount: MAX_COUNT}
    const page = granted(await session.nfs.call(NFS3.readdirplus, args, session.credential), 'READDIRPLUS')
    seen += page.entries.length
    if (seen > MAX_ENTRIES) throw new Error(`READDIRPLUS: more than ${MAX_ENTRIES} entries`)
    for (const entry of page.entries) {
      cookie = entry.cookie
      if (entry.name === '.' || entry.name === '..') continue
      if (entry.handle === undefined || entry.attributes === undefined) {
        throw new Error(`READDIRPLUS: no attributes or no handle for ${entry.name}`)
      }
      found.push({...entry, handle: entry.handle})
    }
    if (page.eof || page.entries.length === 0) return found
    cookieVerifier = page.cookieVerifier
  }
}

async function readFile(session: StoreSession, handle: Buffer): Promise<Buffer> {
  const parts: Buffer[] = []
  let offset = 0n
  for (;;) {
    const args = {handle, offset, count: READ_BYTES}
    const part = granted(await session.nfs.call(NFS3.read, args, session.credential), 'READ')
    parts.push(part.data)
    offset += BigInt(part.data.length)
    if (part.eof || part.data.length === 0) return Buffer.concat(parts)
    if (offset > MAX_METADATA_BYTES) throw new Error(`READ: more than ${MAX_METADATA_BYTES} bytes of metadata`)
  }
}

/** A volume as a boot finds it; its metadata is read by the port layer, and understood only by the personality. */
export interface FoundVolume {
  readonly name: string
  /** Or why the personality cannot make sense of it, in its words. */
  readonly metadata: VolumeMetadata | string
}

/** Every file of the folder is read, whatever its name; a folder among them cannot be. */
async function readMetadata(session: StoreSession, folder: Buffer, name: string): Promise<VolumeMetadata | string> {
  const dir = await lookup(session, folder, name)
  const files = new Map<string, Buffer>()
  for (const entry of await list(session, dir)) files.set(entry.name, await readFile(session, entry.handle))
  return understood(files.get(METADATA_FILE))
}

function understood(content: Buffer | undefined): VolumeMetadata | string {
  if (content === undefined) return `metadata ${METADATA_FILE} missing`
  try {
    const value: unknown = JSON.parse(content.toString('utf8'))
    if (typeof value === 'object' && !Array.isArray(value)) return (value ?? {}) as VolumeMetadata
    const kind = Array.isArray(value) ? 'array' : typeof value
    return `json: cannot unmarshal ${kind} into Go value of type proxy.VolumeMetadata`
  } catch (error) {
    return (error as Error).message
  }
}

/**
 * What the port layer does with an NFS store at each boot: folders made, unmounted, opened again, volumes read.
 * @returns the volumes that the share holds; none at all when the metadata of one cannot be read
 */
export async function bringStoreOnline(target: StoreTarget, dial: DialSettings): Promise<readonly FoundVolume[]> {
  await withStore(target, dial, async (session) => {
    await ensureDirectory(session, VOLUMES)
    await ensureDirectory(session, METADATA)
  })
  return withStore(target, dial, async (session) => {
    const found: FoundVolume[] = []
    // A file beside the folders counts as a volume, too.
    for (const {name} of await list(session, await lookup(session, session.root, VOLUMES))) {
      const folder = await lookup(session, session.root, METADATA)
      const metadata = await readMetadata(session, folder, name).catch(ignoreUnreadable)
      // The port layer gives up listing the store at the first such entry, and shows none of its volumes.
      if (metadata === undefined) return []
      found.push({name, metadata})
    }
    return found
  })
}

/** Undefined for metadata that is missing or cannot be read; a dead connection still fails the store. */
function ignoreUnreadable(error: unknown): undefined {
  if (error instanceof Error && 'status' in error) return undefined
  throw error
}

export async function createInStore(target: StoreTarget, dial: DialSettings, metadata: VolumeMetadata): Promise<void> {
  await withStore(target, dial, async (session) => {
    await mkdir(session, await lookup(session, session.root, VOLUMES), metadata.Name)
    const dir = await mkdir(session, await lookup(session, session.root, METADATA), metadata.Name)
    const {nfs, credential} = session
    const create = {dir, name: METADATA_FILE, how: {mode: 'unchecked', attributes: DIRECTORY}} as const
    const made = granted(await nfs.call(NFS3.create, create, credential), `CREATE ${METADATA_FILE}`)
    const handle = made.handle ?? (await lookup(session, dir, METADATA_FILE))
    const data = Buffer.from(JSON.stringify(metadata))
    const write = {handle, offset: 0n, count: data.length, stable: STABILITY.fileSync, data}
    granted(await nfs.call(NFS3.write, write, credential), `WRITE ${METADATA_FILE}`)
    granted(await nfs.call(NFS3.commit, {handle, offset: 0n, count: 0}, credential), `COMMIT ${METADATA_FILE}`)
  })
}

async function removeTree(session: StoreSession, dir: Buffer, name: string): Promise<void> {
  const folder = await lookup(session, dir, name)
  for (const entry of await list(session, folder)) {
    if (entry.attributes?.type === FILE_TYPE.directory) await removeTree(session, folder, entry.name)
    else
      granted(
        await session.nfs.call(NFS3.remove, {dir: folder, name: entry.name}, session.credential),
        `REMOVE ${entry.name}`,
      )
  }
  granted(await session.nfs.call(NFS3.rmdir, {dir, name}, session.credential), `RMDIR ${name}`)
}

export async function removeFromStore(target: StoreTarget, dial: DialSettings, name: string): Promise<void> {
  await withStore(target, dial, async (session) => {
    await removeTree(session, await lookup(session, session.root, VOLUMES), name)
    await removeTree(session, await lookup(session, session.root, METADATA), name)
  })
}
