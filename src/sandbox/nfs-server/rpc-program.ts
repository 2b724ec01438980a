import {encode, decode} from '../../nfs/wire/codec.js'
import type {Procedure} from '../../nfs/wire/procedure.js'
import {decodeCall, encodeReply, type RpcCall} from '../../nfs/wire/rpc-message.js'
import {XdrError, XdrReader, type Pieces} from '../../nfs/wire/xdr.js'

/** Where a call came from. */
export interface Peer {
  readonly address: string
  readonly port: number
}

/** Takes a call, gives the body of the reply. @throws XdrError for arguments that are garbage */
export type ProcedureHandler = (call: RpcCall, peer: Peer) => Pieces | Promise<Pieces>

/** One RPC program in the one version that is served. */
export interface RpcProgram {
  readonly program: number
  readonly version: number
  readonly procedures: ReadonlyMap<number, ProcedureHandler>
}

const RESERVED_PORTS = 1024

export function isReservedPort(port: number): boolean {
  return port < RESERVED_PORTS
}

/** One row of a program's table. */
export function served<A, R>(
  procedure: Procedure<A, R>,
  serve: (args: A, peer: Peer, call: RpcCall) => R | Promise<R>,
): readonly [number, ProcedureHandler] {
  return [
    procedure.number,
    async (call, peer) => encode(procedure.result, await serve(decode(procedure.arguments, call.body), peer, call)),
  ]
}

const RPC_VERSION = 2

/** A call of another RPC version is denied (RFC 5531 § 9); anything else that is no call gets no answer. */
function denyVersion(message: Buffer): Pieces | undefined {
  const reader = new XdrReader(message)
  const xid = reader.uint32()
  const isCall = reader.uint32() === 0
  if (!isCall) return undefined
  return encodeReply({xid, status: 'rpc-mismatch', low: RPC_VERSION, high: RPC_VERSION})
}

/** The call's credential is none that the program takes (AUTH_TOOWEAK, RFC 5531 § 9). */
export class AuthTooWeak extends Error {
  override readonly name = 'AuthTooWeak'
}

const AUTH_TOOWEAK = 5

async function run(handler: ProcedureHandler, call: RpcCall, peer: Peer): Promise<Pieces> {
  try {
    return encodeReply({xid: call.xid, status: 'success', body: await handler(call, peer)})
  } catch (error) {
    if (error instanceof AuthTooWeak)
      return encodeReply({xid: call.xid, status: 'auth-error', authStatus: AUTH_TOOWEAK})
    return encodeReply({xid: call.xid, status: error instanceof XdrError ? 'garbage-args' : 'system-err'})
  }
}

/**
 * Answers one RPC message.
 * @returns the reply, or undefined for a message that is no call
 * @throws XdrError when not even the call's header can be read
 */
export async function answerMessage(
  programs: readonly RpcProgram[],
  message: Buffer,
  peer: Peer,
): Promise<Pieces | undefined> {
  const call = decodeCall(message)
  if (call === undefined) return denyVersion(message)
  const {xid} = call
  const program = programs.find((candidate) => candidate.program === call.program)
  if (program === undefined) return encodeReply({xid, status: 'prog-unavail'})
  if (program.version !== call.version)
    return encodeReply({xid, status: 'prog-mismatch', low: program.version, high: program.version})
  const handler = program.procedures.get(call.procedure)
  return handler === undefined ? encodeReply({xid, status: 'proc-unavail'}) : run(handler, call, peer)
}
