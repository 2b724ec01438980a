import {once} from 'node:events'
import net from 'node:net'
import {RecordSplitter, sendRecord} from '../../nfs/wire/record-mark.js'
import {answerMessage, type Peer, type RpcProgram} from './rpc-program.js'

/** One listening port with its connections. */
export interface TcpService {
  readonly port: number
  /** Accepts nobody any more, lets the requests under way be answered, then closes their connections. */
  close(): Promise<void>
}

/** A WRITE of 1 MiB with its header; more than any reply of FSINFO invites. */
const RECORD_LIMIT_BYTES = 1024 * 1024 + 4096
const CONNECTION_LIMIT = 512
/** As the kernel's server ends connections on which nothing happens. */
const IDLE_LIMIT_MS = 6 * 60_000
/** Requests of one connection that are worked on at once; the socket is not read beyond. */
const PARALLEL_LIMIT = 16
/** How long a stop waits for requests under way. */
const DRAIN_LIMIT_MS = 5000

interface Connection {
  readonly socket: net.Socket
  lastUsedMs: number
  /** Takes no request any more; resolves when none is under way. */
  drain(): Promise<void>
}

function peerOf(socket: net.Socket): Peer {
  return {address: (socket.remoteAddress ?? '').replace(/^::ffff:/, ''), port: socket.remotePort ?? 0}
}

/** Works on messages of one connection, a bounded number at a time; the socket is not read while too many wait. */
function createWorker(socket: net.Socket, programs: readonly RpcProgram[]) {
  const peer = peerOf(socket)
  const running = new Set<Promise<void>>()
  const waiting: Buffer[] = []
  let isStopping = false
  const work = async (message: Buffer): Promise<void> => {
    try {
      const reply = await answerMessage(programs, message, peer)
      if (reply !== undefined && !socket.destroyed) sendRecord(socket, reply)
    } catch {
      // Garbage where a call should be: the stream cannot be trusted any more.
      socket.destroy()
    }
  }
  const startNext = (): void => {
    while (running.size < PARALLEL_LIMIT) {
      const message = waiting.shift()
      if (message === undefined) break
      const job = work(message).finally(() => {
        running.delete(job)
        startNext()
      })
      running.add(job)
    }
    if (isStopping || waiting.length > 0 || socket.writableNeedDrain) socket.pause()
    else socket.resume()
  }
  const drain = async (): Promise<void> => {
    isStopping = true
    waiting.length = 0
    socket.pause()
    while (running.size > 0) await Promise.all(running)
  }
  return {waiting, startNext, drain}
}

function serveConnection(socket: net.Socket, programs: readonly RpcProgram[]): Connection {
  const splitter = new RecordSplitter(RECORD_LIMIT_BYTES)
  const {waiting, startNext, drain} = createWorker(socket, programs)
  const connection: Connection = {socket, lastUsedMs: performance.now(), drain}
  socket.on('drain', startNext)
  socket.on('data', (chunk: Buffer) => {
    connection.lastUsedMs = performance.now()
    try {
      waiting.push(...splitter.push(chunk))
    } catch {
      socket.destroy()
      return
    }
    startNext()
  })
  return connection
}

async function closeAll(server: net.Server, connections: ReadonlySet<Connection>): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve))
  const timer = setTimeout(() => {
    for (const {socket} of connections) socket.destroy()
  }, DRAIN_LIMIT_MS)
  const drain = async (connection: Connection): Promise<void> => {
    await connection.drain()
    connection.socket.destroySoon()
  }
  await Promise.race([closed, Promise.all([...connections].map((connection) => drain(connection)))])
  await closed
  clearTimeout(timer)
}

/** Makes room for a newcomer: the connection that was silent longest goes, as on the kernel's server. */
function endOldest(connections: ReadonlySet<Connection>): void {
  const [oldest] = [...connections].sort((left, right) => left.lastUsedMs - right.lastUsedMs)
  oldest?.socket.destroy()
}

export interface ListenOptions {
  readonly address: string
  readonly port: number
  readonly connectionLimit?: number
  readonly idleLimitMs?: number
}

/**
 * Listens for RPC over TCP.
 * @param port 0 for any free port
 * @throws the error of listen(2), such as EADDRINUSE or EACCES
 */
export async function listenTcp(
  programs: readonly RpcProgram[],
  {address, port, connectionLimit = CONNECTION_LIMIT, idleLimitMs = IDLE_LIMIT_MS}: ListenOptions,
): Promise<TcpService> {
  const connections = new Set<Connection>()
  const server = net.createServer({noDelay: true}, (socket) => {
    if (connections.size >= connectionLimit) endOldest(connections)
    const connection = serveConnection(socket, programs)
    socket.setTimeout(idleLimitMs, () => socket.destroy())
    connections.add(connection)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => connections.delete(connection))
  })
  server.listen(port, address)
  await once(server, 'listening')
  return {port: (server.address() as net.AddressInfo).port, close: () => closeAll(server, connections)}
}
