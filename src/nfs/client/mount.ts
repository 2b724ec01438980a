import {MOUNT3, type ExportEntry, type MountGranted} from '../wire/mount3.js'
import {MOUNT, type Credential} from '../wire/rpc-message.js'
import {AUTH_NONE, callProcedure} from './call-procedure.js'
import {NfsStatusError} from './nfs-status-error.js'
import type {CallOptions, RpcConnection} from './rpc-connection.js'

export interface MountOptions extends CallOptions {
  readonly credential: Credential
}

/** MNT: asks mountd for the handle of an exported folder. @throws NfsStatusError, RpcError */
export async function mount(connection: RpcConnection, path: string, options: MountOptions): Promise<MountGranted> {
  const result = await callProcedure(connection, MOUNT3.mnt, path, {...options, program: MOUNT})
  if (!result.ok) throw new NfsStatusError('MOUNT', 'MNT', result.status)
  return result.value
}

/** UMNT: strikes the mount from mountd's list; handles stay valid. @throws RpcError */
export async function unmount(connection: RpcConnection, path: string, options: MountOptions): Promise<void> {
  await callProcedure(connection, MOUNT3.umnt, path, {...options, program: MOUNT})
}

/** EXPORT: the folders that mountd lists; no sign that they can be mounted (facts/nfs-server.md § 7). @throws RpcError */
export function listExports(connection: RpcConnection, options: CallOptions = {}): Promise<readonly ExportEntry[]> {
  return callProcedure(connection, MOUNT3.export, {}, {...options, program: MOUNT, credential: AUTH_NONE})
}
