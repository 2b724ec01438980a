import {XdrError, XdrReader, XdrWriter, type Pieces} from './xdr.js'

/** Program, version and procedure numbers (RFC 1833, RFC 1813). */
export const PORTMAP = {program: 100000, version: 2} as const
export const NFS = {program: 100003, version: 3} as const
export const MOUNT = {program: 100005, version: 3} as const
export const IPPROTO_TCP = 6

const CALL = 0
const REPLY = 1
const RPC_VERSION = 2
const AUTH_NONE = 0
const AUTH_SYS = 1
const MAX_AUTH_BYTES = 400
const MAX_GIDS = 16

/** Who calls: AUTH_NONE, or AUTH_SYS as in RFC 5531 appendix A (formerly AUTH_UNIX). */
export type Credential =
  | {readonly flavor: 'none'}
  | {
      readonly flavor: 'sys'
      readonly machine: string
      readonly uid: number
      readonly gid: number
      readonly gids: readonly number[]
    }

/** @typeParam B the body, as it came or in the pieces that it is sent in */
export interface RpcCall<B = Buffer> {
  readonly xid: number
  readonly program: number
  readonly version: number
  readonly procedure: number
  readonly credential: Credential
  readonly body: B
}

/** How a call was answered (RFC 5531 § 9); `low`/`high` are the versions that the server offers. */
export type RpcReply<B = Buffer> =
  | {readonly xid: number; readonly status: 'success'; readonly body: B}
  | {
      readonly xid: number
      readonly status: 'prog-mismatch' | 'rpc-mismatch'
      readonly low: number
      readonly high: number
    }
  | {readonly xid: number; readonly status: 'prog-unavail' | 'proc-unavail' | 'garbage-args' | 'system-err'}
  | {readonly xid: number; readonly status: 'auth-error'; readonly authStatus: number}

const ACCEPT = ['success', 'prog-unavail', 'prog-mismatch', 'proc-unavail', 'garbage-args', 'system-err'] as const

function writeCredential(writer: XdrWriter, credential: Credential): void {
  if (credential.flavor === 'none') {
    writer.uint32(AUTH_NONE).uint32(0)
    return
  }
  const body = new XdrWriter().uint32(0).string(credential.machine).uint32(credential.uid).uint32(credential.gid)
  body.uint32(credential.gids.length)
  for (const gid of credential.gids) body.uint32(gid)
  writer.uint32(AUTH_SYS).opaque(body.toBuffer())
}

function readCredential(reader: XdrReader): Credential {
  const flavor = reader.uint32()
  const body = reader.opaque(MAX_AUTH_BYTES)
  if (flavor !== AUTH_SYS) return {flavor: 'none'}
  const inner = new XdrReader(body)
  inner.uint32()
  const machine = inner.string(255)
  const uid = inner.uint32()
  const gid = inner.uint32()
  const count = inner.uint32()
  if (count > MAX_GIDS) throw new XdrError(`${count} supplementary groups, ${MAX_GIDS} are allowed`)
  return {flavor: 'sys', machine, uid, gid, gids: Array.from({length: count}, () => inner.uint32())}
}

export function encodeCall(call: RpcCall<Pieces>): Pieces {
  const writer = new XdrWriter().uint32(call.xid).uint32(CALL).uint32(RPC_VERSION)
  writer.uint32(call.program).uint32(call.version).uint32(call.procedure)
  writeCredential(writer, call.credential)
  writer.uint32(AUTH_NONE).uint32(0)
  for (const piece of call.body) writer.raw(piece)
  return writer.toPieces()
}

/** @returns undefined for a message that is no call of RPC version 2 @throws XdrError on garbage */
export function decodeCall(message: Buffer): RpcCall | undefined {
  const reader = new XdrReader(message)
  const xid = reader.uint32()
  if (reader.uint32() !== CALL || reader.uint32() !== RPC_VERSION) return undefined
  const program = reader.uint32()
  const version = reader.uint32()
  const procedure = reader.uint32()
  const credential = readCredential(reader)
  reader.uint32()
  reader.opaque(MAX_AUTH_BYTES)
  return {xid, program, version, procedure, credential, body: reader.rest()}
}

export function encodeReply(reply: RpcReply<Pieces>): Pieces {
  const writer = new XdrWriter().uint32(reply.xid).uint32(REPLY)
  if (reply.status === 'rpc-mismatch') return writer.uint32(1).uint32(0).uint32(reply.low).uint32(reply.high).toPieces()
  if (reply.status === 'auth-error') return writer.uint32(1).uint32(1).uint32(reply.authStatus).toPieces()
  writer.uint32(0).uint32(AUTH_NONE).uint32(0).uint32(ACCEPT.indexOf(reply.status))
  if (reply.status === 'prog-mismatch') writer.uint32(reply.low).uint32(reply.high)
  if (reply.status === 'success') for (const piece of reply.body) writer.raw(piece)
  return writer.toPieces()
}

/** @throws XdrError on garbage */
export function decodeReply(message: Buffer): RpcReply {
  const reader = new XdrReader(message)
  const xid = reader.uint32()
  if (reader.uint32() !== REPLY) throw new XdrError('an answer that is no RPC reply')
  if (reader.uint32() !== 0) {
    if (reader.uint32() === 0) return {xid, status: 'rpc-mismatch', low: reader.uint32(), high: reader.uint32()}
    return {xid, status: 'auth-error', authStatus: reader.uint32()}
  }
  reader.uint32()
  reader.opaque(MAX_AUTH_BYTES)
  const code = reader.uint32()
  const status = ACCEPT[code]
  if (status === undefined) throw new XdrError(`an unknown accept status ${code}`)
  if (status === 'success') return {xid, status, body: reader.rest()}
  if (status === 'prog-mismatch') return {xid, status, low: reader.uint32(), high: reader.uint32()}
  return {xid, status}
}
