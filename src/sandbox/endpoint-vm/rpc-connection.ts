import {randomInt} from 'node:crypto'
import {lookup} from 'node:dns/promises'
import net from 'node:net'
import {decode, encode} from '../../nfs/wire/codec.js'
import type {Procedure} from '../../nfs/wire/procedure.js'
import {RecordSplitter, sendRecord} from '../../nfs/wire/record-mark.js'
import {decodeReply, encodeCall, type Credential, type RpcReply} from '../../nfs/wire/rpc-message.js'

/** One TCP connection to one RPC service, one call at a time, as go-nfs-client works. */
export interface RpcConnection {
  /** The source port is below 1024. */
  readonly privileged: boolean
  call<A, R>(procedure: Procedure<A, R>, args: A, credential?: Credential): Promise<R>
  close(): void
}

export interface DialOptions {
  readonly program: {readonly program: number; readonly version: number}
  /** The endpoint VM's own address, and so the source address on this machine. */
  readonly localAddress: string
  /** A source port below 1024, as root on the endpoint VM has; given up where this process may not bind one. */
  readonly privileged: boolean
  readonly signal: AbortSignal
}

const MAX_REPLY_BYTES = 8 * 1024 * 1024
const FIRST_PRIVILEGED_PORT = 512
const PORT_COUNT = 512
const DIAL_TRIES = 16

function goError(error: NodeJS.ErrnoException, place: string): Error {
  const words: Record<string, string> = {
    ECONNREFUSED: 'getsockopt: connection refused',
    EHOSTUNREACH: 'getsockopt: no route to host',
    ENETUNREACH: 'getsockopt: network is unreachable',
    ETIMEDOUT: 'getsockopt: connection timed out',
    ENOTFOUND: 'lookup: no such host',
  }
  return new Error(`dial tcp ${place}: ${words[error.code ?? ''] ?? error.message}`, {cause: error})
}

/** An answer that is no result. */
export class RejectedCall extends Error {
  override readonly name = 'RejectedCall'

  constructor(
    procedure: string,
    readonly reply: Exclude<RpcReply, {status: 'success'}>,
  ) {
    super(`rpc: ${procedure} ${reply.status}`)
  }
}

/** The source of a connection: an address of loopback reaches nothing beyond it, so the system chooses there. */
export function sourceOf(localAddress: string, destination: string): {readonly localAddress?: string} {
  const onLoopback = (address: string): boolean => net.isIPv4(address) && address.startsWith('127.')
  return onLoopback(localAddress) && !onLoopback(destination) ? {} : {localAddress}
}

function connectOnce(
  host: string,
  port: number,
  options: DialOptions & {readonly localPort?: number},
): Promise<net.Socket> {
  return new Promise((resolve, reject) => {
    const {localAddress, localPort, signal} = options
    const source = {...sourceOf(localAddress, host), ...(localPort === undefined ? {} : {localPort})}
    const socket = net.connect({host, port, ...source})
    const abort = (): void => void socket.destroy(signal.reason as Error)
    signal.addEventListener('abort', abort, {once: true})
    socket.once('error', reject)
    socket.once('close', () => signal.removeEventListener('abort', abort))
    socket.once('connect', () => {
      socket.off('error', reject)
      resolve(socket)
    })
  })
}

async function connect(host: string, port: number, options: DialOptions): Promise<net.Socket> {
  if (!options.privileged) return connectOnce(host, port, options)
  const start = randomInt(PORT_COUNT)
  for (let step = 0; step < DIAL_TRIES; step++) {
    const localPort = FIRST_PRIVILEGED_PORT + ((start + step * 7) % PORT_COUNT)
    try {
      return await connectOnce(host, port, {...options, localPort})
    } catch (error) {
      const {code} = error as NodeJS.ErrnoException
      if (code === 'EACCES') break
      if (code !== 'EADDRINUSE' && code !== 'EADDRNOTAVAIL') throw error
    }
  }
  return connectOnce(host, port, options)
}

/** Waits for the reply to the call that was just sent; the connection is unusable after an error. */
function nextReply(socket: net.Socket, splitter: RecordSplitter): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const done = (act: () => void): void => {
      socket.off('data', onData).off('error', onError).off('close', onClose)
      act()
    }
    const onData = (chunk: Buffer): void => {
      try {
        const [message] = splitter.push(chunk)
        if (message !== undefined) done(() => resolve(message))
      } catch (error) {
        onError(error as Error)
      }
    }
    const onError = (error: Error): void => done(() => reject(error))
    const onClose = (): void => done(() => reject(new Error('EOF')))
    socket.on('data', onData).on('error', onError).on('close', onClose)
  })
}

/** @throws Error in the words of the port layer's log, such as `dial tcp 10.0.0.1:111: getsockopt: connection refused` */
export async function dialRpc(host: string, port: number, options: DialOptions): Promise<RpcConnection> {
  options.signal.throwIfAborted()
  const opened = net.isIP(host) === 0 ? lookup(host).then((found) => found.address) : Promise.resolve(host)
  const socket = await opened
    .then((address) => connect(address, port, options))
    .catch((error: unknown) => {
      throw options.signal.aborted ? error : goError(error as NodeJS.ErrnoException, `${host}:${port}`)
    })
  const splitter = new RecordSplitter(MAX_REPLY_BYTES)
  // An error between two calls shows in the next call; without a listener it would end the daemon.
  socket.on('error', () => undefined)
  return {
    privileged: (socket.localPort ?? 0) < FIRST_PRIVILEGED_PORT + PORT_COUNT,
    call: async (procedure, args, credential = {flavor: 'none'}) => {
      const xid = randomInt(2 ** 32)
      if (socket.destroyed) throw new Error('EOF')
      const reply = nextReply(socket, splitter)
      const {program, version} = options.program
      const body = encode(procedure.arguments, args)
      sendRecord(socket, encodeCall({xid, program, version, procedure: procedure.number, credential, body}))
      const answer = decodeReply(await reply)
      if (answer.xid !== xid) throw new Error(`rpc: reply to another call than ${procedure.name}`)
      if (answer.status !== 'success') throw new RejectedCall(procedure.name, answer)
      return decode(procedure.result, answer.body)
    },
    close: () => void socket.destroy(),
  }
}
