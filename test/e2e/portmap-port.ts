import {createServer, type Server} from 'node:net'
import {readFile} from 'node:fs/promises'
import {setTimeout as delay} from 'node:timers/promises'

const PORT = 111
/** Where the sandboxes of this machine may have their servers. */
const ANY_SANDBOX_ADDRESS = '127.64.0.254'
const PATIENCE_MS = 60_000
const RETRY_MS = 200

/** Whether somebody has port 111 on all addresses, as a port mapper of this machine does. */
export async function portmapPortIsTaken(): Promise<boolean> {
  const server = await listen(ANY_SANDBOX_ADDRESS)
  await close(server)
  return server === undefined
}

export interface HeldPort {
  /** Connections made to port 111 of any address meanwhile; undefined when somebody else holds it. */
  connections(): number | undefined
  release(): Promise<void>
}

/**
 * Takes port 111 on all addresses, or finds it taken.
 * @throws Error when somebody has it on one address only for longer than a minute
 */
export async function holdPortmapPort(): Promise<HeldPort> {
  const deadlineMs = Date.now() + PATIENCE_MS
  for (;;) {
    const server = await listen('0.0.0.0')
    if (server !== undefined) {
      let count = 0
      server.on('connection', (socket) => {
        count += 1
        socket.destroy()
      })
      return {connections: () => count, release: () => close(server)}
    }
    if (await isHeldOnAllAddresses()) return {connections: () => undefined, release: () => Promise.resolve()}
    // The servers of another sandbox: they come and go.
    if (Date.now() > deadlineMs) throw new Error(`port ${PORT} cannot be taken: other servers have it on one address`)
    await delay(RETRY_MS)
  }
}

function listen(host: string): Promise<Server | undefined> {
  const server = createServer()
  return new Promise((resolve) => {
    server.once('error', () => resolve(undefined))
    server.listen({host, port: PORT, exclusive: true}, () => resolve(server))
  })
}

function close(server: Server | undefined): Promise<void> {
  return new Promise((resolve) => (server === undefined ? resolve() : server.close(() => resolve())))
}

/** proc(5): local address and port in hexadecimal, state 0A is LISTEN. */
async function isHeldOnAllAddresses(): Promise<boolean> {
  const tables = await Promise.all(['tcp', 'tcp6'].map((name) => readFile(`/proc/net/${name}`, 'utf8').catch(() => '')))
  return tables.some((table) => /^ *\d+: 0+:006F \S+ 0A /m.test(table))
}
