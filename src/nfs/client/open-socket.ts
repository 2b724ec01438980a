import {lookup} from 'node:dns/promises'
import {randomInt} from 'node:crypto'
import {connect, isIP, type Socket} from 'node:net'
import {RpcError, type RpcFailure} from './rpc-error.js'

const FIRST_PRIVILEGED_PORT = 512
const FIRST_ORDINARY_PORT = 1024
const MAX_PORT = 65_535
const PRIVILEGED_TRIES = 16

export interface OpenSocketOptions {
  readonly signal?: AbortSignal | undefined
  /** For resolving and connecting together. */
  readonly timeoutMs: number
  /** Ask for a source port below 1024; an ordinary one is taken where that is not allowed. */
  readonly privilegedPort: boolean
}

const FAILURES: Readonly<Record<string, RpcFailure>> = {
  ECONNREFUSED: 'refused',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  EHOSTDOWN: 'unreachable',
  ENETDOWN: 'unreachable',
  EADDRNOTAVAIL: 'unreachable',
  ETIMEDOUT: 'connect-timeout',
  ECONNRESET: 'closed',
}

/** By shape: errors of the operating system may come from another realm. */
const propertyOf = (error: unknown, name: 'code' | 'message'): string => {
  const value: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, name) : undefined
  return typeof value === 'string' ? value : ''
}

const codeOf = (error: unknown): string => propertyOf(error, 'code')

/** Settles like `work`, unless the deadline or the signal comes first. */
async function within<T>(work: Promise<T>, {signal, timeoutMs, onTimeout}: Deadline): Promise<T> {
  let release = (): void => undefined
  const cut = new Promise<never>((_resolve, reject) => {
    const onAbort = () => reject(signal?.reason as Error)
    const timer = setTimeout(() => reject(onTimeout()), timeoutMs)
    signal?.addEventListener('abort', onAbort, {once: true})
    release = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
    }
  })
  try {
    return await Promise.race([work, cut])
  } finally {
    release()
  }
}

interface Deadline {
  readonly signal: AbortSignal | undefined
  readonly timeoutMs: number
  readonly onTimeout: () => Error
}

async function resolveHost(host: string, options: OpenSocketOptions): Promise<string[]> {
  const bare = host.replace(/^\[(.*)\]$/, '$1')
  if (isIP(bare) !== 0) return [bare]
  const failed = (cause?: unknown) =>
    new RpcError('name-not-resolved', `the name ${host} could not be resolved`, {cause})
  try {
    const found = await within(lookup(bare, {all: true}), {...options, signal: options.signal, onTimeout: failed})
    if (found.length === 0) throw failed()
    // IPv4 first: NFS server containers have no other address.
    return [...found].sort((a, b) => a.family - b.family).map(({address}) => address)
  } catch (error) {
    if (options.signal?.aborted === true || error instanceof RpcError) throw error
    throw failed(error)
  }
}

interface Dial extends OpenSocketOptions {
  readonly address: string
  readonly port: number
  readonly localPort: number | undefined
}

/** One connect; the error of the operating system comes through as it is. */
async function dial({address, port, localPort, signal, timeoutMs}: Dial): Promise<Socket> {
  const socket = connect({host: address, port, noDelay: true, ...(localPort === undefined ? {} : {localPort})})
  const connected = new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve).once('error', reject)
  })
  const onTimeout = () =>
    new RpcError('connect-timeout', `${address} did not answer on port ${port} within ${timeoutMs} ms`)
  try {
    await within(connected, {signal, timeoutMs, onTimeout})
    return socket
  } catch (error) {
    // A destroyed socket may still report its end.
    socket.on('error', () => undefined).destroy()
    throw error
  }
}

/** Tries source ports below 1024 in random order, and an ordinary one where they are not allowed. */
async function dialPrivileged(target: Dial): Promise<Socket> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await dial({...target, localPort: randomInt(FIRST_PRIVILEGED_PORT, FIRST_ORDINARY_PORT)})
    } catch (error) {
      const code = codeOf(error)
      if (code === 'EACCES' || code === 'EPERM') return dial(target)
      // In use by a listener, or by an earlier connection to the same server.
      if ((code !== 'EADDRINUSE' && code !== 'EADDRNOTAVAIL') || tries === PRIVILEGED_TRIES) throw error
    }
  }
}

function asRpcError(error: unknown, host: string, port: number): RpcError {
  if (error instanceof RpcError) return error
  const failure = FAILURES[codeOf(error)] ?? 'failed'
  return new RpcError(failure, `${host} port ${port}: ${propertyOf(error, 'message')}`, {cause: error})
}

/**
 * Opens a TCP connection to the first address of the host that takes it.
 * @throws RpcError; the signal's reason when aborted
 */
export async function openSocket(host: string, port: number, options: OpenSocketOptions): Promise<Socket> {
  options.signal?.throwIfAborted()
  if (!Number.isInteger(port) || port < 1 || port > MAX_PORT) {
    throw new RpcError('garbage', `${port} is not a TCP port`)
  }
  const deadlineMs = performance.now() + options.timeoutMs
  const leftMs = () => Math.max(1, Math.round(deadlineMs - performance.now()))
  let lastError: unknown
  for (const address of await resolveHost(host, options)) {
    const target = {...options, timeoutMs: leftMs(), address, port, localPort: undefined}
    try {
      return await (options.privilegedPort ? dialPrivileged(target) : dial(target))
    } catch (error) {
      options.signal?.throwIfAborted()
      lastError = error
    }
  }
  throw asRpcError(lastError, host, port)
}

export const isPrivilegedSource = (socket: Socket): boolean =>
  socket.localPort !== undefined && socket.localPort < FIRST_ORDINARY_PORT
