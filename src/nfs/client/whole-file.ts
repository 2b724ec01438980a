import {STABILITY, VERIFIER_BYTES} from '../wire/nfs3-arguments.js'
import {KEEP_ATTRIBUTES} from '../wire/nfs3-attributes.js'
import type {Nfs3Client} from './nfs3-client.js'
import type {CallOptions} from './rpc-connection.js'
import {RpcError} from './rpc-error.js'

/** Small enough for every server, large enough to be quick; servers may answer with less. */
const CHUNK_BYTES = 65_536
const MAX_RESENDS = 5

export interface FileOptions extends CallOptions {
  /** Bytes of one READ or WRITE. */
  readonly chunkBytes?: number | undefined
}

/**
 * Reads a file from its beginning to its end.
 * @returns its content in parts, one a READ
 * @throws RangeError when it is longer than `maxBytes`; NfsStatusError, RpcError
 */
export async function* readFileParts(
  nfs: Nfs3Client,
  handle: Buffer,
  options: FileOptions & {readonly maxBytes?: number | undefined} = {},
): AsyncGenerator<Buffer, void> {
  const {chunkBytes: count = CHUNK_BYTES, maxBytes = Infinity} = options
  for (let sizeBytes = 0; ;) {
    const {data, eof} = await nfs.read({handle, offset: BigInt(sizeBytes), count}, options)
    if (data.length > count) throw new RpcError('garbage', 'READ brought more data than was asked for')
    sizeBytes += data.length
    if (sizeBytes > maxBytes) throw new RangeError(`the file is longer than ${maxBytes} bytes`)
    if (data.length > 0) yield data
    else if (!eof) throw new RpcError('garbage', 'READ brought nothing, and yet not the end of the file')
    if (eof) return
  }
}

/**
 * Reads a whole file.
 * @throws RangeError when it is longer than `maxBytes`; NfsStatusError, RpcError
 */
export async function readWholeFile(
  nfs: Nfs3Client,
  handle: Buffer,
  options: FileOptions & {readonly maxBytes: number},
): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of readFileParts(nfs, handle, options)) parts.push(part)
  return Buffer.concat(parts)
}

interface Sent {
  /** The verifier of all uncommitted writes; undefined when there were none. */
  readonly verifier: Buffer | undefined
  /** False when the server restarted between two writes. */
  readonly consistent: boolean
}

/** Sends all data; a server may take less than was sent, and more stable than was asked for. */
async function sendAll(
  nfs: Nfs3Client,
  {handle, data, stable}: {readonly handle: Buffer; readonly data: Buffer; readonly stable: number},
  options: FileOptions,
): Promise<Sent> {
  let verifier: Buffer | undefined
  for (let offset = 0; offset < data.length;) {
    const chunk = data.subarray(offset, offset + (options.chunkBytes ?? CHUNK_BYTES))
    const write = {handle, offset: BigInt(offset), count: chunk.length, stable, data: chunk}
    const written = await nfs.write(write, options)
    if (written.count === 0 || written.count > chunk.length) {
      throw new RpcError('garbage', `WRITE of ${chunk.length} bytes was answered with a count of ${written.count}`)
    }
    offset += written.count
    if (written.committed < stable) throw new RpcError('garbage', 'WRITE was answered as less stable than asked for')
    if (written.committed !== STABILITY.unstable) continue
    if (verifier !== undefined && !verifier.equals(written.verifier)) return {verifier, consistent: false}
    verifier = written.verifier
  }
  return {verifier, consistent: true}
}

/**
 * Writes a file from its beginning: unstable writes, one COMMIT, all of it again when the verifier tells that the
 * server restarted in between (RFC 1813 § 3.3.7, § 3.3.21). The length of a longer file stays; see `storeFile`.
 * @throws NfsStatusError, RpcError, also when the server does not stop restarting
 */
export async function writeWholeFile(
  nfs: Nfs3Client,
  handle: Buffer,
  data: Buffer,
  options: FileOptions = {},
): Promise<void> {
  for (let sends = 1; sends <= MAX_RESENDS; sends += 1) {
    const sent = await sendAll(nfs, {handle, data, stable: STABILITY.unstable}, options)
    if (sent.consistent && sent.verifier === undefined) return
    const {verifier} = await nfs.commit({handle, offset: 0n, count: 0}, options)
    if (sent.consistent && sent.verifier?.equals(verifier) === true) return
  }
  throw new RpcError('garbage', `the server's write verifier of ${VERIFIER_BYTES} bytes changed ${MAX_RESENDS} times`)
}

/** Writes a file from its beginning, each part on stable storage before the next (FILE_SYNC). @throws NfsStatusError, RpcError */
export async function writeFileSynced(
  nfs: Nfs3Client,
  handle: Buffer,
  data: Buffer,
  options: FileOptions = {},
): Promise<void> {
  await sendAll(nfs, {handle, data, stable: STABILITY.fileSync}, options)
}

/**
 * Makes or empties a file of a directory and writes it.
 * @param options.mode permissions of a new file; an existing one keeps its own
 * @returns the file's handle
 * @throws NfsStatusError, RpcError
 */
export async function storeFile(
  nfs: Nfs3Client,
  target: {readonly dir: Buffer; readonly name: string; readonly data: Buffer},
  options: FileOptions & {readonly mode: number},
): Promise<Buffer> {
  const {dir, name, data} = target
  const attributes = {...KEEP_ATTRIBUTES, mode: options.mode, size: 0n}
  const created = await nfs.create({dir, name, how: {mode: 'unchecked', attributes}}, options)
  const handle = created.handle ?? (await nfs.lookup({dir, name}, options)).handle
  await writeWholeFile(nfs, handle, data, options)
  return handle
}
