import type {Nfs3Client} from './client/nfs3-client.js'
import type {CallOptions} from './client/rpc-connection.js'

/** Space of the file system behind a share, bytes. */
export interface ShareSpace {
  readonly totalBytes: number
  readonly usedBytes: number
  /** What users other than root can still write. */
  readonly availableBytes: number
}

/** FSSTAT of an export's root (RFC 1813 § 3.3.18). @throws NfsStatusError, RpcError; the signal's reason when aborted */
export async function spaceOf(nfs: Nfs3Client, root: Buffer, options: CallOptions): Promise<ShareSpace> {
  const {totalBytes, freeBytes, availableBytes} = await nfs.fsstat({handle: root}, options)
  return {
    totalBytes: Number(totalBytes),
    // A server may count its reserve as neither used nor free.
    usedBytes: Number(totalBytes > freeBytes ? totalBytes - freeBytes : 0n),
    availableBytes: Number(availableBytes),
  }
}
