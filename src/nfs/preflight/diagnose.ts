import {listExports} from '../client/mount.js'
import {NfsStatusError} from '../client/nfs-status-error.js'
import {getPort} from '../client/portmap.js'
import {RpcError} from '../client/rpc-error.js'
import {NFS} from '../wire/rpc-message.js'
import {MNT3_STATUS} from '../wire/status.js'
import {standpointOf, type Climb} from './climb.js'
import {diagnoseRpc} from './diagnose-rpc.js'
import {diagnoseStatus, type AfterRefusal} from './diagnose-status.js'
import type {Diagnosis} from './diagnosis.js'
import {Finding} from './ladder.js'
import type {RungId} from './report.js'

const ASK_TIMEOUT_MS = 1000

/** After a refused mount: what the server exports, and whether it serves NFS at all. */
async function askAfterRefusal(climb: Climb): Promise<AfterRefusal> {
  const options = {signal: climb.signal, timeoutMs: Math.min(ASK_TIMEOUT_MS, climb.rungTimeoutMs)}
  const [exports, port] = await Promise.all([
    climb.mountd === undefined ? undefined : listExports(climb.mountd, options).catch(() => undefined),
    getPort(climb.address.host, NFS, {...options, portmapPort: climb.portmapPort}).catch(() => undefined),
  ])
  return {exports, nfsRegistered: port === undefined ? undefined : port !== 0}
}

/**
 * Puts the cause of a failed rung into words; asks the server once more where an answer fits several causes.
 * @throws what is neither an RPC failure nor a status nor a finding
 */
export async function diagnose(error: unknown, rung: RungId, climb: Climb): Promise<Diagnosis> {
  if (error instanceof Finding) return error.diagnosis
  if (error instanceof RpcError) return diagnoseRpc(error, standpointOf(climb))
  if (!(error instanceof NfsStatusError)) throw error
  const ambiguous = error.protocol === 'MOUNT' && error.status === MNT3_STATUS.ACCES.number && rung !== 'subfolder'
  const after = ambiguous ? await askAfterRefusal(climb) : {exports: undefined, nfsRegistered: undefined}
  climb.signal?.throwIfAborted()
  return diagnoseStatus(error, standpointOf(climb), {rung, after})
}
