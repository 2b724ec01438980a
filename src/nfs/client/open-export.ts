import {MOUNT, NFS, type Credential} from '../wire/rpc-message.js'
import {mount, unmount} from './mount.js'
import {nfs3Client, type Nfs3Client} from './nfs3-client.js'
import {getPort} from './portmap.js'
import {connectRpc, type CallOptions, type RpcConnection} from './rpc-connection.js'
import {RpcError} from './rpc-error.js'

export interface ExportAddress {
  readonly host: string
  readonly path: string
  readonly credential: Credential
}

export interface OpenExportOptions extends CallOptions {
  readonly portmapPort?: number | undefined
}

/** A mounted export: its root handle and a client that speaks with the credential of the mount. */
export interface OpenExport {
  readonly root: Buffer
  readonly nfs: Nfs3Client
  /** UMNT, as far as mountd still answers, then both connections are closed; never throws. */
  close(): Promise<void>
}

/** The server's port of a program; a source port below 1024 where allowed. @throws RpcError `not-registered` on port 0 */
async function connectProgram(
  host: string,
  target: {readonly program: number; readonly version: number; readonly name: string},
  options: OpenExportOptions,
): Promise<RpcConnection> {
  const port = await getPort(host, {program: target.program, version: target.version}, options)
  if (port === 0) throw new RpcError('not-registered', `${host} has no ${target.name} registered at its port mapper`)
  return connectRpc(host, port, {...options, privilegedPort: true})
}

/**
 * Mounts an export the way a client does: port mapper, MNT, NFS connection.
 * `timeoutMs` holds for each step and each later call.
 * @throws RpcError, NfsStatusError; the signal's reason when aborted
 */
export async function openExport(address: ExportAddress, options: OpenExportOptions = {}): Promise<OpenExport> {
  const {host, path, credential} = address
  const mountd = await connectProgram(host, {...MOUNT, name: 'mountd version 3'}, options)
  try {
    const {handle} = await mount(mountd, path, {...options, credential})
    const nfsd = await connectProgram(host, {...NFS, name: 'NFS version 3'}, options)
    return {
      root: handle,
      nfs: nfs3Client(nfsd, credential),
      async close() {
        nfsd.close()
        const {timeoutMs} = options
        // A mount left in mountd's list harms nobody.
        await unmount(mountd, path, {timeoutMs, credential}).catch(() => undefined)
        mountd.close()
      },
    }
  } catch (error) {
    mountd.close()
    throw error
  }
}
