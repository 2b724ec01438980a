import type {CallOptions} from '../client/rpc-connection.js'
import {RpcError} from '../client/rpc-error.js'
import {writeParts, type FilePart, type RemoteFile} from '../client/write-parts.js'
import {KEEP_ATTRIBUTES, type Attributes, type SetAttributes} from '../wire/nfs3-attributes.js'
import {UNDER_WAY} from './earlier-copy.js'

/** A COMMIT of more would take longer than a server may be silent. */
const BATCH_BYTES = 64 * 1024 * 1024

export interface FileCopyOptions extends CallOptions {
  /** Bytes of one READ and WRITE. */
  readonly chunkBytes: number
  /** The file is empty: nothing of an earlier version is in it. */
  readonly isNew: boolean
  /** Told after each batch that is on stable storage, with its bytes. */
  readonly onBytes?: (bytes: number) => void
}

interface Batch {
  readonly start: number
  end: number
  eof: boolean
  /** Where the last of its bytes that are not zero was written. */
  filled: number
  /** Of the file that is copied, when the last of it was read; undefined where its server does not tell. */
  attributes?: Attributes | undefined
}

const isZero = (data: Buffer, zeros: Buffer): boolean => data.equals(zeros.subarray(0, data.length))

/** Reads a batch of the file; what is all zeros is left out, so that a hole stays one. */
async function* readBatch({nfs, handle}: RemoteFile, batch: Batch, options: FileCopyOptions): AsyncGenerator<FilePart> {
  const count = options.chunkBytes
  const zeros = Buffer.alloc(count)
  Object.assign(batch, {end: batch.start, eof: false})
  while (!batch.eof && batch.end < batch.start + BATCH_BYTES) {
    const offset = batch.end
    const {data, eof, attributes} = await nfs.read({handle, offset: BigInt(offset), count}, options)
    if (data.length > count) throw new RpcError('garbage', 'READ brought more data than was asked for')
    if (data.length === 0 && !eof) {
      throw new RpcError('garbage', 'READ brought nothing, and yet not the end of the file')
    }
    Object.assign(batch, {end: offset + data.length, eof, attributes})
    if (isZero(data, zeros)) continue
    batch.filled = batch.end
    yield {offset, data}
  }
}

/**
 * Copies what a file holds, batch by batch, each on stable storage before the next. Holes stay holes.
 * @returns the attributes of the source when the last of it was read, where its server tells them
 * @throws NfsStatusError, RpcError, also when the server does not stop restarting
 */
export async function copyFile(
  from: RemoteFile,
  to: RemoteFile,
  options: FileCopyOptions,
): Promise<Attributes | undefined> {
  const set = (wanted: Partial<SetAttributes>): Promise<unknown> =>
    to.nfs.setattr({handle: to.handle, attributes: {...KEEP_ATTRIBUTES, ...wanted}, guardCtime: undefined}, options)
  if (!options.isNew) await set({size: 0n, mode: UNDER_WAY})
  let [start, filled, isDone] = [0, 0, false]
  let attributes: Attributes | undefined
  while (!isDone) {
    const batch: Batch = {start, end: start, eof: false, filled}
    await writeParts(to, () => readBatch(from, batch, options), options)
    options.onBytes?.(batch.end - batch.start)
    ;({end: start, filled, eof: isDone, attributes} = batch)
  }
  if (filled < start) await set({size: BigInt(start)})
  return attributes
}
