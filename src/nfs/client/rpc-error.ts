import type {RpcReply} from '../wire/rpc-message.js'
import {authStatusName} from '../wire/status.js'

/** How far a call came: each kind has a cause of its own. */
export type RpcFailure =
  | 'name-not-resolved'
  | 'refused'
  | 'unreachable'
  | 'connect-timeout' // no SYN-ACK: filtered, or nobody at the address
  | 'reply-timeout' // connected, but the answer did not come in time
  | 'closed' // the other end closed or reset an accepted connection
  | 'garbage'
  | 'rejected' // an RPC reply that is no success; `reply` tells which
  | 'not-registered' // the port mapper answered port 0
  | 'failed' // any other error of the socket

export interface RpcErrorContext {
  readonly reply?: Exclude<RpcReply, {status: 'success'}>
  /** Whether the other end had sent anything on this connection. */
  readonly answered?: boolean
  readonly cause?: unknown
}

/** A call that brought no result of its procedure. */
export class RpcError extends Error {
  override readonly name = 'RpcError'
  readonly reply: RpcErrorContext['reply']
  readonly answered: boolean

  constructor(
    readonly failure: RpcFailure,
    message: string,
    context: RpcErrorContext = {},
  ) {
    super(message, context.cause === undefined ? undefined : {cause: context.cause})
    this.reply = context.reply
    this.answered = context.answered ?? false
  }
}

/** What a rejecting reply says, in words. */
export function describeRejection(reply: Exclude<RpcReply, {status: 'success'}>): string {
  switch (reply.status) {
    case 'prog-mismatch':
      return `the server offers versions ${reply.low} to ${reply.high} of this program`
    case 'rpc-mismatch':
      return `the server speaks RPC versions ${reply.low} to ${reply.high}`
    case 'prog-unavail':
      return 'the server does not offer this program on this port'
    case 'proc-unavail':
      return 'the server does not know this procedure'
    case 'garbage-args':
      return 'the server could not read the arguments'
    case 'system-err':
      return 'the server failed inside'
    case 'auth-error':
      return `the server refused the credential: ${authStatusName(reply.authStatus)}`
  }
}
