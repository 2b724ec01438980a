import {STABILITY, VERIFIER_BYTES} from '../wire/nfs3-arguments.js'
import type {Nfs3Client} from './nfs3-client.js'
import type {CallOptions} from './rpc-connection.js'
import {RpcError} from './rpc-error.js'

const MAX_RESENDS = 5

/** Bytes of a file, and where in it they belong. */
export interface FilePart {
  readonly offset: number
  readonly data: Buffer
}

/** A file as its server knows it. */
export interface RemoteFile {
  readonly nfs: Nfs3Client
  readonly handle: Buffer
}

type Parts = AsyncIterable<FilePart> | Iterable<FilePart>

interface SendOptions extends CallOptions {
  /** One of STABILITY: the least that is asked for. */
  readonly stable: number
}

/** Writes one part; a server may take less than was sent. @returns the verifiers of what is not on stable storage yet */
async function sendPart(
  {nfs, handle}: RemoteFile,
  part: FilePart,
  {stable, ...calls}: SendOptions,
): Promise<readonly string[]> {
  const verifiers: string[] = []
  for (let done = 0; done < part.data.length;) {
    const data = part.data.subarray(done)
    const write = {handle, offset: BigInt(part.offset + done), count: data.length, stable, data}
    const written = await nfs.write(write, calls)
    if (written.count === 0 || written.count > data.length) {
      throw new RpcError('garbage', `WRITE of ${data.length} bytes was answered with a count of ${written.count}`)
    }
    if (written.committed < stable) throw new RpcError('garbage', 'WRITE was answered as less stable than asked for')
    done += written.count
    if (written.committed === STABILITY.unstable) verifiers.push(written.verifier.toString('hex'))
  }
  return verifiers
}

/**
 * Sends parts of a file once.
 * @returns the verifiers of what is not on stable storage yet; with a second one the server has restarted meanwhile, and
 * what is left was not sent
 * @throws NfsStatusError, RpcError
 */
export async function sendParts(file: RemoteFile, parts: Parts, options: SendOptions): Promise<ReadonlySet<string>> {
  const verifiers = new Set<string>()
  for await (const part of parts) {
    for (const verifier of await sendPart(file, part, options)) verifiers.add(verifier)
    if (verifiers.size > 1) break
  }
  return verifiers
}

/**
 * Has parts of a file on stable storage: unstable writes, one COMMIT, all of it again when the verifier tells that the
 * server restarted in between (RFC 1813 § 3.3.7, § 3.3.21).
 * @param parts gives the same parts each time that it is called
 * @throws NfsStatusError, RpcError, also when the server does not stop restarting
 */
export async function writeParts(file: RemoteFile, parts: () => Parts, options: CallOptions): Promise<void> {
  const {nfs, handle} = file
  for (let sends = 1; sends <= MAX_RESENDS; sends += 1) {
    const verifiers = await sendParts(file, parts(), {...options, stable: STABILITY.unstable})
    if (verifiers.size === 0) return
    const {verifier} = await nfs.commit({handle, offset: 0n, count: 0}, options)
    if (verifiers.size === 1 && verifiers.has(verifier.toString('hex'))) return
  }
  throw new RpcError('garbage', `the server's write verifier of ${VERIFIER_BYTES} bytes changed ${MAX_RESENDS} times`)
}
