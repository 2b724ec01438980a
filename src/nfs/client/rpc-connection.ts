import {randomInt} from 'node:crypto'
import type {Socket} from 'node:net'
import {RecordSplitter, sendRecord} from '../wire/record-mark.js'
import {decodeReply, encodeCall, type RpcCall, type RpcReply} from '../wire/rpc-message.js'
import type {Pieces} from '../wire/xdr.js'
import {isPrivilegedSource, openSocket} from './open-socket.js'
import {describeRejection, RpcError} from './rpc-error.js'

const DEFAULT_TIMEOUT_MS = 10_000
/** A READ of 1 MiB, the most that we ask for, and its headers. */
const DEFAULT_MAX_REPLY_BYTES = 1_048_576 + 65_536
const XID_RANGE = 2 ** 32

export interface RpcConnectOptions {
  readonly signal?: AbortSignal | undefined
  /** For connecting, and for each call that names no deadline of its own; 10 s when absent. */
  readonly timeoutMs?: number | undefined
  /** Source port below 1024 where allowed. */
  readonly privilegedPort?: boolean | undefined
  /** A longer reply ends the connection. */
  readonly maxReplyBytes?: number | undefined
}

export interface CallOptions {
  readonly signal?: AbortSignal | undefined
  readonly timeoutMs?: number | undefined
}

/** A TCP connection to one RPC service; many calls may be under way at once. */
export interface RpcConnection {
  /** `host port N`, for messages. */
  readonly peer: string
  /** Whether the source port really is below 1024. */
  readonly privilegedPort: boolean
  /** @returns the body of a successful reply @throws RpcError; the signal's reason when aborted */
  call(call: Omit<RpcCall<Pieces>, 'xid'>, options?: CallOptions): Promise<Buffer>
  /** Ends the connection; calls under way fail as closed. */
  close(): void
}

interface Waiting {
  resolve(reply: RpcReply): void
  reject(error: Error): void
}

/** Hands every answer on the socket to the call that waits for it; the first failure ends the connection. */
function receiveReplies(socket: Socket, peer: string, maxReplyBytes: number) {
  const pending = new Map<number, Waiting>()
  const splitter = new RecordSplitter(maxReplyBytes)
  let answered = false
  let ended: RpcError | undefined
  const end = (error: RpcError) => {
    ended ??= error
    socket.destroy()
    for (const waiting of [...pending.values()]) waiting.reject(ended)
  }
  socket.on('data', (chunk) => {
    answered = true
    try {
      for (const message of splitter.push(chunk)) {
        const reply = decodeReply(message)
        pending.get(reply.xid)?.resolve(reply)
      }
    } catch (error) {
      end(new RpcError('garbage', `${peer} sent what is no RPC reply: ${(error as Error).message}`, {cause: error}))
    }
  })
  const closed = (how: string, cause?: unknown) =>
    end(new RpcError('closed', `${peer} ${how} the connection`, {answered, cause}))
  socket.on('error', (error) => closed('broke', error))
  socket.on('close', () => closed('closed'))
  return {pending, end, endedWith: () => ended}
}

/** Registers one call; what it resolves with comes from `receiveReplies`, the deadline or the signal. */
function awaitReply(pending: Map<number, Waiting>, xid: number, {signal, timeoutMs, late}: AwaitOptions) {
  return new Promise<RpcReply>((resolve, reject) => {
    const finish = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
      pending.delete(xid)
    }
    const waiting: Waiting = {
      resolve(reply) {
        finish()
        resolve(reply)
      },
      reject(error) {
        finish()
        reject(error)
      },
    }
    const onAbort = () => waiting.reject(signal?.reason as Error)
    const timer = setTimeout(() => waiting.reject(late()), timeoutMs)
    signal?.addEventListener('abort', onAbort, {once: true})
    pending.set(xid, waiting)
  })
}

interface AwaitOptions {
  readonly signal: AbortSignal | undefined
  readonly timeoutMs: number
  readonly late: () => RpcError
}

/**
 * Connects to an RPC service over TCP (RFC 5531; record marking § 11).
 * @throws RpcError when it cannot be reached; the signal's reason when aborted
 */
export async function connectRpc(host: string, port: number, options: RpcConnectOptions = {}): Promise<RpcConnection> {
  const {signal, timeoutMs = DEFAULT_TIMEOUT_MS, privilegedPort = false} = options
  const socket = await openSocket(host, port, {signal, timeoutMs, privilegedPort})
  const peer = `${host} port ${port}`
  const replies = receiveReplies(socket, peer, options.maxReplyBytes ?? DEFAULT_MAX_REPLY_BYTES)
  let nextXid = randomInt(XID_RANGE)
  return {
    peer,
    privilegedPort: isPrivilegedSource(socket),
    async call(call, callOptions = {}) {
      const ended = replies.endedWith()
      if (ended !== undefined) throw ended
      callOptions.signal?.throwIfAborted()
      const xid = nextXid
      nextXid = (nextXid + 1) % XID_RANGE
      const limitMs = callOptions.timeoutMs ?? timeoutMs
      const late = () => new RpcError('reply-timeout', `${peer} did not answer within ${limitMs} ms`)
      const answer = awaitReply(replies.pending, xid, {signal: callOptions.signal, timeoutMs: limitMs, late})
      sendRecord(socket, encodeCall({...call, xid}))
      const reply = await answer
      if (reply.status === 'success') return reply.body
      throw new RpcError('rejected', `${peer}: ${describeRejection(reply)}`, {reply, answered: true})
    },
    close: () => replies.end(new RpcError('closed', `the connection to ${peer} was closed by us`, {answered: true})),
  }
}
