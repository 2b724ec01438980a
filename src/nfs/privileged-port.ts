import {randomInt} from 'node:crypto'
import {createServer} from 'node:net'

const FIRST_PORT = 512
const BEYOND_PORT = 1024
const TRIES = 16

function bind(port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'unknown'))
    server.listen({port, host: '127.0.0.1', exclusive: true}, () => server.close(() => resolve(undefined)))
  })
}

/** Whether this process may use source ports below 1024, as a VCH does; tried on the loopback interface. */
export async function mayUsePrivilegedPorts(): Promise<boolean> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const problem = await bind(randomInt(FIRST_PORT, BEYOND_PORT))
    if (problem === undefined) return true
    if (problem !== 'EADDRINUSE') return false
  }
  return false
}
