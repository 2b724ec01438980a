import {createHash} from 'node:crypto'
import {setTimeout as delay} from 'node:timers/promises'
import {expect} from '@jest/globals'
import {NfsStatusError} from '../../../src/nfs/client/nfs-status-error.js'
import {openExport, type OpenExport} from '../../../src/nfs/client/open-export.js'
import {RpcError} from '../../../src/nfs/client/rpc-error.js'
import {readWholeFile, writeWholeFile} from '../../../src/nfs/client/whole-file.js'
import {STABILITY} from '../../../src/nfs/wire/nfs3-arguments.js'
import {KEEP_ATTRIBUTES, type Attributes, type SetAttributes} from '../../../src/nfs/wire/nfs3-attributes.js'
import type {NfsSubject} from './subject.js'

/** Whom the client says it is; `gids` are the groups besides the first. */
export interface Identity {
  readonly uid: number
  readonly gid?: number
  readonly gids?: readonly number[]
}

export const ROOT: Identity = {uid: 0}
const TIMEOUT_MS = 300_000
const MAX_FILE_BYTES = 128 * 1024 * 1024
/** The most that our client takes in one reply. */
const MAX_CHUNK_BYTES = 1024 * 1024

/** A mounted export with the few calls that most tests are made of; each throws NfsStatusError. */
export interface SuiteClient extends OpenExport {
  /** An entry's handle, name by name from a directory. */
  find(dir: Buffer, ...names: readonly string[]): Promise<Buffer>
  /** A new file; EXIST when the name is taken. */
  file(dir: Buffer, name: string, mode?: number): Promise<Buffer>
  folder(dir: Buffer, name: string, mode?: number): Promise<Buffer>
  put(handle: Buffer, data: Buffer | string, options?: {offset?: bigint; stable?: number}): Promise<Buffer>
  /** Unstable writes and a COMMIT, as a kernel client writes. */
  store(handle: Buffer, data: Buffer): Promise<void>
  take(handle: Buffer): Promise<Buffer>
  /** Some bytes from the middle. */
  part(handle: Buffer, offset: bigint, count: number): Promise<{readonly data: Buffer; readonly eof: boolean}>
  look(handle: Buffer): Promise<Attributes>
  set(handle: Buffer, change: Partial<SetAttributes>): Promise<void>
}

export async function openClient(
  subject: NfsSubject,
  identity: Identity = ROOT,
  path: string = subject.path,
): Promise<SuiteClient> {
  const {uid, gid = uid, gids = []} = identity
  const credential = {flavor: 'sys', machine: 'suite', uid, gid, gids} as const
  const {host, portmapPort} = subject
  const mounted = await openExport({host, path, credential}, {portmapPort, timeoutMs: TIMEOUT_MS})
  const {rtpref, wtpref} = await mounted.nfs.fsinfo({handle: mounted.root})
  return suiteClient(mounted, Math.min(rtpref, wtpref, MAX_CHUNK_BYTES))
}

/** What somebody does on a connection of its own. */
export async function asClient<T>(
  subject: NfsSubject,
  identity: Identity,
  use: (client: SuiteClient) => Promise<T>,
): Promise<T> {
  const client = await openClient(subject, identity)
  try {
    return await use(client)
  } finally {
    await client.close()
  }
}

function suiteClient(mounted: OpenExport, chunkBytes: number): SuiteClient {
  const {nfs} = mounted
  const find = async (dir: Buffer, ...names: readonly string[]): Promise<Buffer> => {
    let handle = dir
    for (const name of names) ({handle} = await nfs.lookup({dir: handle, name}))
    return handle
  }
  return {
    ...mounted,
    find,
    file: async (dir, name, mode = 0o644) => {
      const how = {mode: 'guarded', attributes: {...KEEP_ATTRIBUTES, mode}} as const
      return (await nfs.create({dir, name, how})).handle ?? find(dir, name)
    },
    folder: async (dir, name, mode = 0o755) =>
      (await nfs.mkdir({dir, name, attributes: {...KEEP_ATTRIBUTES, mode}})).handle ?? find(dir, name),
    put: async (handle, given, {offset = 0n, stable = STABILITY.fileSync} = {}) => {
      const data = Buffer.from(given)
      const written = await nfs.write({handle, offset, count: data.length, stable, data})
      if (written.count !== data.length) throw new Error(`${written.count} of ${data.length} bytes were written`)
      return written.verifier
    },
    store: (handle, data) => writeWholeFile(nfs, handle, data, {chunkBytes}),
    take: (handle) => readWholeFile(nfs, handle, {maxBytes: MAX_FILE_BYTES, chunkBytes}),
    part: (handle, offset, count) => nfs.read({handle, offset, count}),
    look: async (handle) => (await nfs.getattr({handle})).attributes,
    set: async (handle, change) => {
      await nfs.setattr({handle, attributes: {...KEEP_ATTRIBUTES, ...change}, guardCtime: undefined})
    },
  }
}

/**
 * Name of the status that a call ends with, or why RPC itself rejects it, such as `garbage-args`.
 * @throws whatever is no answer of the server
 */
export async function statusOf(call: Promise<unknown>): Promise<string> {
  try {
    await call
    return 'NFS3_OK'
  } catch (error) {
    if (error instanceof NfsStatusError) return error.statusName
    if (error instanceof RpcError && error.reply !== undefined) return error.reply.status
    throw error
  }
}

const SOON_MS = 300_000
const AGAIN_MS = 20

/** Linux keeps a file that was just read open for a moment, also when its last name is gone; it is this file still. */
export async function expectStaleSoon(call: () => Promise<unknown>): Promise<void> {
  const limit = AbortSignal.timeout(SOON_MS)
  let status = await statusOf(call())
  while (status === 'NFS3_OK' && !limit.aborted) {
    await delay(AGAIN_MS)
    status = await statusOf(call())
  }
  expect(status).toBe('NFS3ERR_STALE')
}

export const sha256 = (data: Buffer): string => createHash('sha256').update(data).digest('hex')
/** A word for the witness's shell. */
export const quoted = (word: string): string => `'${word.replaceAll("'", String.raw`'\''`)}'`
