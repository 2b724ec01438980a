import {randomBytes} from 'node:crypto'
import type {ErrorCode} from '../model/error-table.js'
import {messageOf, VicnfsError} from '../model/vicnfs-error.js'
import {listDirectory} from './client/list-directory.js'
import {isNfsStatus, NfsStatusError} from './client/nfs-status-error.js'
import {openExport, type OpenExport} from './client/open-export.js'
import type {CallOptions} from './client/rpc-connection.js'
import {readWholeFile, writeFileSynced} from './client/whole-file.js'
import {checkAddress} from './preflight/check-address.js'
import type {ShareAddress} from './preflight/report.js'
import {splitEntryPath, splitSharePath} from './share-path.js'
import {spaceOf, type ShareSpace} from './share-space.js'
import {FILE_TYPE, KEEP_ATTRIBUTES} from './wire/nfs3-attributes.js'
import {NFS3_STATUS} from './wire/status.js'

const DEFAULT_TIMEOUT_MS = 5000
const FILE_MODE = 0o644
const TEMPORARY_NAME_BYTES = 8

export interface ShareOptions {
  /** Holds for opening and for everything done in the session. */
  readonly signal?: AbortSignal | undefined
  /** For each call; 5 s when absent. */
  readonly timeoutMs?: number | undefined
  readonly portmapPort?: number | undefined
}

export interface ShareEntry {
  readonly name: string
  readonly isDirectory: boolean
  /** Absent where the server does not say it along with the name. */
  readonly owner?: {readonly uid: number; readonly gid: number}
}

/**
 * Files of a share, through NFS as the uid and gid of its address. Paths are relative to the export, without `..`;
 * the empty path is its root. All throw VicnfsError VN-NFS-SHARE-…; the signal's reason when aborted.
 */
export interface ShareSession {
  /** @returns the entries without `.` and `..`; undefined when there is no such folder */
  list(dir: string): Promise<readonly ShareEntry[] | undefined>
  /** @returns undefined when there is no such file @throws VN-NFS-SHARE-TOO-LARGE above maxBytes */
  readFile(path: string, maxBytes: number): Promise<Buffer | undefined>
  /** Replaces the file as a whole: another reader sees the old or the new content, on stable storage. */
  writeFile(path: string, data: Buffer | string): Promise<void>
  /** The parent must be there; an existing folder is left as it is. */
  makeDirectory(path: string, mode: number): Promise<void>
  /** Does nothing when there is no such file. */
  removeFile(path: string): Promise<void>
  /** Does nothing when there is no such folder; one that is not empty is an error. */
  removeDirectory(path: string): Promise<void>
  /** Space of the file system behind the share; absent where the share is reached through a container. */
  space?(): Promise<ShareSpace>
  close(): Promise<void>
}

interface Session extends Pick<OpenExport, 'nfs' | 'root'> {
  readonly calls: CallOptions
}

const isMissing = (error: unknown): boolean => isNfsStatus(error, NFS3_STATUS.NOENT.number)

async function walk({nfs, root, calls}: Session, parts: readonly string[]): Promise<Buffer> {
  let handle = root
  for (const name of parts) handle = (await nfs.lookup({dir: handle, name}, calls)).handle
  return handle
}

async function isDirectory({nfs, calls}: Session, handle: Buffer): Promise<boolean> {
  return (await nfs.getattr({handle}, calls)).attributes.type === FILE_TYPE.directory
}

async function list(session: Session, path: string): Promise<ShareEntry[] | undefined> {
  const parts = splitSharePath(path)
  try {
    const dir = await walk(session, parts)
    const entries = await listDirectory(session.nfs, dir, {signal: session.calls.signal})
    const shown: ShareEntry[] = []
    for (const {name, attributes} of entries) {
      if (name === '.' || name === '..') continue
      const directory =
        attributes === undefined
          ? await isDirectory(session, await walk(session, [...parts, name]))
          : attributes.type === FILE_TYPE.directory
      const owner = attributes === undefined ? {} : {owner: {uid: attributes.uid, gid: attributes.gid}}
      shown.push({name, isDirectory: directory, ...owner})
    }
    return shown
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

async function readFile(session: Session, path: string, maxBytes: number): Promise<Buffer | undefined> {
  const {parents, name} = splitEntryPath(path)
  try {
    const handle = await walk(session, [...parents, name])
    return await readWholeFile(session.nfs, handle, {...session.calls, maxBytes})
  } catch (error) {
    if (isMissing(error)) return undefined
    if (!(error instanceof RangeError)) throw error
    throw new VicnfsError('VN-NFS-SHARE-TOO-LARGE', `"${path}" on the share is larger than ${maxBytes} bytes.`)
  }
}

async function writeFile(session: Session, path: string, data: Buffer): Promise<void> {
  const {nfs, calls} = session
  const {parents, name} = splitEntryPath(path)
  const dir = await walk(session, parents)
  const temporary = `.vicnfs-${randomBytes(TEMPORARY_NAME_BYTES).toString('hex')}.tmp`
  const how = {mode: 'guarded', attributes: {...KEEP_ATTRIBUTES, mode: FILE_MODE}} as const
  const created = await nfs.create({dir, name: temporary, how}, calls)
  try {
    const handle = created.handle ?? (await nfs.lookup({dir, name: temporary}, calls)).handle
    await writeFileSynced(nfs, handle, data, calls)
    await nfs.rename({fromDir: dir, fromName: temporary, toDir: dir, toName: name}, calls)
  } catch (error) {
    await nfs.remove({dir, name: temporary}, {timeoutMs: calls.timeoutMs}).catch(() => undefined)
    throw error
  }
}

async function makeDirectory(session: Session, path: string, mode: number): Promise<void> {
  const {parents, name} = splitEntryPath(path)
  const dir = await walk(session, parents)
  try {
    await session.nfs.mkdir({dir, name, attributes: {...KEEP_ATTRIBUTES, mode}}, session.calls)
  } catch (error) {
    if (!isNfsStatus(error, NFS3_STATUS.EXIST.number)) throw error
    const {handle} = await session.nfs.lookup({dir, name}, session.calls)
    if (!(await isDirectory(session, handle))) throw error
  }
}

async function remove(session: Session, path: string, procedure: 'remove' | 'rmdir'): Promise<void> {
  const {parents, name} = splitEntryPath(path)
  try {
    await session.nfs[procedure]({dir: await walk(session, parents), name}, session.calls)
  } catch (error) {
    if (!isMissing(error)) throw error
  }
}

/** Runs one piece of work on a share; its failure becomes an error of ours. */
async function wrapped<T>(
  {host, path}: ShareAddress,
  {signal}: CallOptions,
  work: {readonly code: ErrorCode; readonly doing: string; readonly body: () => Promise<T>},
): Promise<T> {
  try {
    return await work.body()
  } catch (error) {
    signal?.throwIfAborted()
    if (error instanceof VicnfsError) throw error
    const details = error instanceof NfsStatusError ? {host, path, nfsStatus: error.statusName} : {host, path}
    throw new VicnfsError(work.code, `${work.doing} of ${host}:${path} failed.`, {
      reason: messageOf(error),
      details,
      cause: error,
    })
  }
}

/** The files of an export that somebody has mounted, and closes himself. */
export function sessionOn(address: ShareAddress, session: Session): ShareSession {
  const reading = <T>(what: string, body: () => Promise<T>) =>
    wrapped(address, session.calls, {code: 'VN-NFS-SHARE-READ', doing: `Reading "${what}"`, body})
  const changing = (what: string, body: () => Promise<void>) =>
    wrapped(address, session.calls, {code: 'VN-NFS-SHARE-WRITE', doing: `Changing "${what}"`, body})
  return {
    list: (dir) => reading(dir, () => list(session, dir)),
    readFile: (file, maxBytes) => reading(file, () => readFile(session, file, maxBytes)),
    writeFile: (file, data) => changing(file, () => writeFile(session, file, Buffer.from(data))),
    makeDirectory: (dir, mode) => changing(dir, () => makeDirectory(session, dir, mode)),
    removeFile: (file) => changing(file, () => remove(session, file, 'remove')),
    removeDirectory: (dir) => changing(dir, () => remove(session, dir, 'rmdir')),
    space: () => reading('FSSTAT', () => spaceOf(session.nfs, session.root, session.calls)),
    close: () => Promise.resolve(),
  }
}

/**
 * Opens a share for reading and writing small files on it.
 * @throws VicnfsError VN-NFS-SHARE-OPEN with the cause; the signal's reason when aborted
 */
export async function openShare(address: ShareAddress, options: ShareOptions = {}): Promise<ShareSession> {
  const {host, path, uid, gid} = address
  const {signal, timeoutMs = DEFAULT_TIMEOUT_MS, portmapPort} = options
  const wrong = checkAddress(address)
  if (wrong !== undefined) throw new VicnfsError(wrong.code, `The share cannot be opened: ${wrong.finding}.`)
  const credential = {flavor: 'sys', machine: 'vic', uid, gid, gids: [0]} as const
  const calls = {signal, timeoutMs}
  const body = (): Promise<OpenExport> => openExport({host, path, credential}, {...calls, portmapPort})
  const opened = await wrapped(address, calls, {code: 'VN-NFS-SHARE-OPEN', doing: 'Opening the share', body})
  return {...sessionOn(address, {...opened, calls}), close: () => opened.close()}
}
