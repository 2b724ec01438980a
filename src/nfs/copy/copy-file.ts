import type {Nfs3Client} from '../client/nfs3-client.js'
import type {CallOptions} from '../client/rpc-connection.js'
import {RpcError} from '../client/rpc-error.js'
import {STABILITY} from '../wire/nfs3-arguments.js'
import {KEEP_ATTRIBUTES} from '../wire/nfs3-attributes.js'

const CHUNK_BYTES = 65_536
const MAX_RESENDS = 5

export interface FileCopy {
  readonly from: {readonly nfs: Nfs3Client; readonly handle: Buffer}
  readonly to: {readonly nfs: Nfs3Client; readonly handle: Buffer}
}

export interface FileCopyOptions extends CallOptions {
  /** Told after each part, with its bytes. */
  readonly onBytes?: (bytes: number) => void
}

/** Writes one part; a server may take less than was sent. @returns its write verifier, where the part is not stable yet */
async function writePart(
  {nfs, handle}: FileCopy['to'],
  part: {readonly offset: number; readonly data: Buffer},
  calls: CallOptions,
): Promise<Buffer | undefined> {
  let verifier: Buffer | undefined
  for (let done = 0; done < part.data.length;) {
    const data = part.data.subarray(done)
    const offset = BigInt(part.offset + done)
    const written = await nfs.write({handle, offset, count: data.length, stable: STABILITY.unstable, data}, calls)
    if (written.count === 0 || written.count > data.length) {
      throw new RpcError('garbage', `WRITE of ${data.length} bytes was answered with a count of ${written.count}`)
    }
    done += written.count
    if (written.committed === STABILITY.unstable) verifier = written.verifier
  }
  return verifier
}

/** Sends the whole file once. @returns the verifiers that parts of it were written under */
async function sendOnce(copy: FileCopy, options: FileCopyOptions): Promise<{size: number; verifiers: Set<string>}> {
  const verifiers = new Set<string>()
  for (let offset = 0; ;) {
    const {data, eof} = await copy.from.nfs.read(
      {handle: copy.from.handle, offset: BigInt(offset), count: CHUNK_BYTES},
      options,
    )
    if (data.length === 0 && !eof)
      throw new RpcError('garbage', 'READ brought nothing, and yet not the end of the file')
    const verifier = await writePart(copy.to, {offset, data}, options)
    if (verifier !== undefined) verifiers.add(verifier.toString('hex'))
    offset += data.length
    options.onBytes?.(data.length)
    if (eof) return {size: offset, verifiers}
  }
}

/**
 * Copies what a file holds, part by part, and has it on stable storage at the end: one COMMIT, and all of it again when
 * the write verifier tells that the server restarted in between (RFC 1813 § 3.3.7, § 3.3.21).
 * @throws NfsStatusError, RpcError, also when the server does not stop restarting
 */
export async function copyFile(copy: FileCopy, options: FileCopyOptions): Promise<void> {
  const {nfs, handle} = copy.to
  for (let sends = 1; sends <= MAX_RESENDS; sends += 1) {
    const {size, verifiers} = await sendOnce(copy, options)
    // The file of an earlier, longer version ends where this one does.
    await nfs.setattr({handle, attributes: {...KEEP_ATTRIBUTES, size: BigInt(size)}, guardCtime: undefined}, options)
    const {verifier} = await nfs.commit({handle, offset: 0n, count: 0}, options)
    if ([...verifiers].every((each) => each === verifier.toString('hex'))) return
  }
  throw new RpcError('garbage', `the server's write verifier changed ${MAX_RESENDS} times`)
}
