import {once} from 'node:events'
import {createServer} from 'node:net'
import {setTimeout as delay} from 'node:timers/promises'

const AGAIN_MS = 100

/** Something of which this machine has one; the kernel gives it back, however its holder ends. */
export interface MachineLock {
  release(): Promise<void>
}

/** @returns undefined when another process of this machine holds it */
export async function tryMachineLock(name: string): Promise<MachineLock | undefined> {
  const server = createServer()
  // A name that begins with NUL is none of a file: unix(7), abstract sockets.
  server.listen({path: `\0vicnfs-e2e-${name}`})
  try {
    await once(server, 'listening')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return undefined
    throw error
  }
  server.unref()
  return {release: () => new Promise((resolve) => server.close(() => resolve()))}
}

/** Does something while no other process of this machine does it; waits for as long as another one is at it. */
export async function withMachineLock<T>(name: string, work: () => Promise<T>): Promise<T> {
  let lock = await tryMachineLock(name)
  while (lock === undefined) {
    await delay(AGAIN_MS)
    lock = await tryMachineLock(name)
  }
  try {
    return await work()
  } finally {
    await lock.release()
  }
}
