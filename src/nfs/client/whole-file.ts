import {STABILITY} from '../wire/nfs3-arguments.js'
import {KEEP_ATTRIBUTES} from '../wire/nfs3-attributes.js'
import type {Nfs3Client} from './nfs3-client.js'
import type {CallOptions} from './rpc-connection.js'
import {RpcError} from './rpc-error.js'
import {sendParts, writeParts, type FilePart} from './write-parts.js'

/** Small enough for every server, large enough to be quick; servers may answer with less. */
const CHUNK_BYTES = 65_536

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

function* partsOf(data: Buffer, chunkBytes = CHUNK_BYTES): Generator<FilePart> {
  for (let offset = 0; offset < data.length; offset += chunkBytes)
    yield {offset, data: data.subarray(offset, offset + chunkBytes)}
}

/**
 * Writes a file from its beginning and has it on stable storage. The length of a longer file stays; see `storeFile`.
 * @throws NfsStatusError, RpcError, also when the server does not stop restarting
 */
export async function writeWholeFile(
  nfs: Nfs3Client,
  handle: Buffer,
  data: Buffer,
  options: FileOptions = {},
): Promise<void> {
  await writeParts({nfs, handle}, () => partsOf(data, options.chunkBytes), options)
}

/** Writes a file from its beginning, each part on stable storage before the next (FILE_SYNC). @throws NfsStatusError, RpcError */
export async function writeFileSynced(
  nfs: Nfs3Client,
  handle: Buffer,
  data: Buffer,
  options: FileOptions = {},
): Promise<void> {
  await sendParts({nfs, handle}, partsOf(data, options.chunkBytes), {...options, stable: STABILITY.fileSync})
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
