import {expect, it} from '@jest/globals'
import {mntStatus} from '../helpers/memory-share.js'
import {serveMemoryShare} from '../helpers/serve-memory-share.js'

interface Prober {
  readonly firstMountMs: (
    host: string,
    portmapPort: number,
    path: string,
    options: {readonly signal: AbortSignal},
  ) => Promise<number>
}

const PROBER = new URL('../../bench/prober.js', import.meta.url).href
const REFUSALS = 3

it('the prober of the benchmarks asks until a share can be mounted, and not longer', async () => {
  const {firstMountMs} = (await import(PROBER)) as Prober
  let asked = 0
  const {server, address} = await serveMemoryShare((base) => ({
    'MOUNT.MNT': (call) => {
      asked += 1
      return asked > REFUSALS ? (base['MOUNT.MNT']?.(call) ?? mntStatus(13)) : mntStatus(13)
    },
  }))
  try {
    const {signal} = new AbortController()
    await expect(firstMountMs(address.host, server.port, address.path, {signal})).resolves.toBeGreaterThan(0)
    expect(asked).toBe(REFUSALS + 1)
  } finally {
    await server.close()
  }
})
