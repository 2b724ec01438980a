import {mnt3Status, nfs3Status} from '../../nfs/wire/status.js'
import {XdrError} from '../../nfs/wire/xdr.js'
import {RejectedCall} from '../endpoint-vm/rpc-connection.js'

/** Why a rung failed: a code of the error table and words. */
export interface Trouble {
  readonly code: string
  readonly finding: string
}

/** Where the check stood when something went wrong. */
export interface Standpoint {
  readonly rung: string
  readonly service: 'port mapper' | 'mountd' | 'nfsd'
  /** `host port N`. */
  readonly peer: string
  /** The connection was taken. */
  readonly connected: boolean
  /** Something was answered on it. */
  readonly answered: boolean
  readonly privileged: boolean
  readonly timeoutMs: number
}

/** What a share does wrong although every call succeeded. */
export class CheckFailure extends Error implements Trouble {
  override readonly name = 'CheckFailure'

  constructor(
    readonly code: string,
    readonly finding: string,
  ) {
    super(finding)
  }
}

/** A status other than 0. */
export class BadStatus extends Error {
  override readonly name = 'BadStatus'

  constructor(
    readonly protocol: 'MOUNT' | 'NFS',
    readonly procedure: string,
    readonly status: number,
  ) {
    super(`${procedure}: status ${status}`)
  }
}

const NETWORK_CODES: Readonly<Record<string, string>> = {
  EHOSTUNREACH: 'VN-NFS-UNREACHABLE',
  ENETUNREACH: 'VN-NFS-UNREACHABLE',
  ENOTFOUND: 'VN-NFS-NAME',
  EAI_AGAIN: 'VN-NFS-NAME',
  ETIMEDOUT: 'VN-NFS-TIMEOUT',
  ECONNRESET: 'VN-NFS-PROXY',
}

const STATUS_CODES: Readonly<Record<string, string>> = {
  NFS3ERR_ROFS: 'VN-NFS-READ-ONLY',
  NFS3ERR_NOSPC: 'VN-NFS-FULL',
  NFS3ERR_DQUOT: 'VN-NFS-FULL',
  NFS3ERR_NOTDIR: 'VN-NFS-NOT-A-DIRECTORY',
  NFS3ERR_STALE: 'VN-NFS-STALE',
  NFS3ERR_BADHANDLE: 'VN-NFS-STALE',
  NFS3ERR_JUKEBOX: 'VN-NFS-BUSY',
  NFS3ERR_IO: 'VN-NFS-SERVER-FAULT',
  NFS3ERR_SERVERFAULT: 'VN-NFS-SERVER-FAULT',
}

function ofStatus(error: BadStatus, {rung, privileged}: Standpoint): Trouble {
  const {name, meaning} = error.protocol === 'MOUNT' ? mnt3Status(error.status) : nfs3Status(error.status)
  const finding = `${error.procedure}: ${name}: ${meaning}`
  if (rung === 'subfolder') return {code: 'VN-NFS-SUBFOLDER', finding}
  if (error.protocol === 'MOUNT') {
    if (name === 'MNT3ERR_ACCES' && !privileged) return {code: 'VN-NFS-SECURE-EXPORT', finding}
    const known = name.startsWith('MNT3ERR_') ? name.slice('MNT3ERR_'.length) : 'UNKNOWN'
    return {code: `VN-NFS-MNT-${known}`, finding}
  }
  if (name === 'NFS3ERR_ACCES' || name === 'NFS3ERR_PERM') {
    const code = rung === 'write' ? 'WRITE-DENIED' : rung === 'fsinfo' && !privileged ? 'SECURE-EXPORT' : 'DENIED'
    return {code: `VN-NFS-${code}`, finding}
  }
  if (name === 'NFS3ERR_NOTSUPP' && rung === 'readdirplus') return {code: 'VN-NFS-READDIRPLUS', finding}
  return {code: STATUS_CODES[name] ?? 'VN-NFS-STATUS', finding}
}

function ofRejection({reply, message}: RejectedCall, {service, peer}: Standpoint): Trouble {
  const finding = `${service} at ${peer}: ${message}`
  if (reply.status === 'prog-mismatch') return {code: 'VN-NFS-VERSION', finding}
  if (reply.status === 'prog-unavail' || reply.status === 'proc-unavail') return {code: 'VN-NFS-PROGRAM', finding}
  if (reply.status !== 'auth-error') return {code: 'VN-NFS-RPC', finding}
  return {code: reply.authStatus === 5 ? 'VN-NFS-AUTH-TOOWEAK' : 'VN-NFS-AUTH', finding}
}

function ofConnection(error: Error, stand: Standpoint): Trouble {
  const {service, peer, connected, answered, timeoutMs} = stand
  const at = `${service} at ${peer}`
  if (error.name === 'TimeoutError' || error.name === 'AbortError') {
    return connected
      ? {code: 'VN-NFS-NO-ANSWER', finding: `${at} took the connection and did not answer within ${timeoutMs} ms`}
      : {code: 'VN-NFS-TIMEOUT', finding: `${at} did not take the connection within ${timeoutMs} ms`}
  }
  if (connected) {
    const code = answered ? 'VN-NFS-CLOSED' : 'VN-NFS-PROXY'
    return {code, finding: `${at} accepted the connection and closed it without an answer`}
  }
  const {code = ''} = (error.cause ?? {}) as {code?: string}
  if (code === 'ECONNREFUSED') {
    return {code: service === 'port mapper' ? 'VN-NFS-REFUSED' : 'VN-NFS-PORT-REFUSED', finding: error.message}
  }
  return {code: NETWORK_CODES[code] ?? 'VN-NFS-CONNECTION', finding: error.message}
}

/** The cause of a failed rung, in the sandbox's own words and with the codes of the image's share-check. */
export function explain(error: unknown, stand: Standpoint): Trouble {
  if (error instanceof CheckFailure) return {code: error.code, finding: error.finding}
  if (error instanceof BadStatus) return ofStatus(error, stand)
  if (error instanceof RejectedCall) return ofRejection(error, stand)
  if (error instanceof XdrError) return {code: 'VN-NFS-GARBAGE', finding: `${stand.peer}: ${error.message}`}
  return ofConnection(error as Error, stand)
}
