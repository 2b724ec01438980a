import {existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync} from 'node:fs'
import {createServer} from 'node:net'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {afterEach, beforeEach, describe, expect, it} from '@jest/globals'
import {withFileLock} from '../../../../src/sandbox/lifecycle/file-lock.js'
import {choosePortmapPort, keepPortmapPort} from '../../../../src/sandbox/lifecycle/portmap-port.js'
import {
  changeRegistry,
  freeNetworks,
  register,
  tidyRegistry,
  type Registry,
} from '../../../../src/sandbox/lifecycle/registry.js'

let root: string
const limits = {timeoutMs: 30_000}
const sandbox = (name: string) => {
  const directory = path.join(root, name)
  mkdirSync(directory)
  writeFileSync(path.join(directory, 'state.json'), '{}')
  return directory
}

beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'vicnfs-registry-'))
})
afterEach(() => rmSync(root, {recursive: true, force: true}))

describe('the registry of sandboxes', () => {
  it('gives every sandbox networks of its own', async () => {
    const all: string[] = []
    for (const name of ['a', 'b', 'c']) {
      const directory = sandbox(name)
      await changeRegistry(
        root,
        async (registry) => {
          const networks = freeNetworks(registry, 2)
          register(registry, {directory, networks})
          all.push(...networks)
        },
        limits,
      )
    }
    expect(all).toHaveLength(12)
    expect(new Set(all).size).toBe(12)
    for (const network of all) expect(Number(/^127\.(\d+)\.\d+$/.exec(network)?.[1])).toBeGreaterThanOrEqual(64)
    const [storage, bridge] = all
    expect(Number(bridge?.split('.')[2])).toBe(Number(storage?.split('.')[2]) + 1)
  })

  it('forgets sandboxes whose state is gone, and the portmap port with the last one', async () => {
    const directory = sandbox('gone')
    await changeRegistry(
      root,
      async (registry) => {
        register(registry, {directory, networks: ['127.70.0']})
        registry.portmapPort = 20_111
      },
      limits,
    )
    rmSync(directory, {recursive: true})
    const seen = await changeRegistry(root, async (registry) => ({...registry}), limits)
    expect(seen).toEqual({sandboxes: []})
  })

  it('does not let two sandboxes have one network', async () => {
    const [first, second] = [sandbox('first'), sandbox('second')]
    await changeRegistry(
      root,
      async (registry) => register(registry, {directory: first, networks: ['127.70.0']}),
      limits,
    )
    await expect(
      changeRegistry(root, async (registry) => register(registry, {directory: second, networks: ['127.70.0']}), limits),
    ).rejects.toMatchObject({code: 'VN-SANDBOX-ADDRESS'})
  })

  it('starts anew when it is damaged', async () => {
    writeFileSync(path.join(root, 'registry.json'), '{"sandboxes":')
    expect(await changeRegistry(root, async (registry) => ({...registry}), limits)).toEqual({sandboxes: []})
  })

  it('goes with the last sandbox, and its folder too, unless something else is in there', async () => {
    const folder = path.join(root, 'private')
    const enter = (directory: string, network: string) =>
      changeRegistry(folder, async (registry) => register(registry, {directory, networks: [network]}), limits)
    const [first, second] = [sandbox('first'), sandbox('second')]
    await enter(first, '127.70.0')
    await enter(second, '127.70.2')
    rmSync(first, {recursive: true})
    await tidyRegistry(folder, limits)
    expect(readdirSync(folder)).toEqual(['registry.json'])
    rmSync(second, {recursive: true})
    writeFileSync(path.join(folder, 'foreign'), '')
    await tidyRegistry(folder, limits)
    expect(readdirSync(folder)).toEqual(['foreign'])
    rmSync(path.join(folder, 'foreign'))
    await tidyRegistry(folder, limits)
    expect(existsSync(folder)).toBe(false)
  })

  it('may go while others wait for it', async () => {
    const folder = path.join(root, 'private')
    const directory = sandbox('first')
    const work = Array.from({length: 20}, async (_none, index) => {
      if (index % 2 === 0) await tidyRegistry(folder, limits)
      else await changeRegistry(folder, async (registry) => register(registry, {directory, networks: []}), limits)
    })
    await Promise.all(work)
    expect(await changeRegistry(folder, async ({sandboxes}) => sandboxes.length, limits)).toBe(1)
  })
})

describe('the portmap port', () => {
  it('is the one that the other sandboxes have, or the one asked for', async () => {
    expect(await choosePortmapPort({portmapPort: 20_111, sandboxes: []}, '127.70.0.2')).toBe(20_111)
    expect(await choosePortmapPort({portmapPort: 20_111, sandboxes: []}, '127.70.0.2', 30_000)).toBe(30_000)
  })

  it('moves when another program has taken it since, and is learnt from a sandbox that was forgotten', async () => {
    const address = '127.71.0.3'
    const holder = createServer()
    await new Promise<void>((resolve) => holder.listen(0, address, resolve))
    const {port} = holder.address() as {port: number}
    const registry: Registry = {portmapPort: port, sandboxes: []}
    const moved = await keepPortmapPort(registry, address, port)
    expect(moved).not.toBe(port)
    expect(registry.portmapPort).toBe(moved)
    await new Promise((resolve) => holder.close(resolve))
    const lost: Registry = {sandboxes: []}
    expect(await keepPortmapPort(lost, address, port)).toBe(port)
    expect(lost.portmapPort).toBe(port)
  })

  it('moves when 111 cannot be bound, and is remembered', async () => {
    const address = '127.71.0.2'
    const holder = createServer()
    // Where 111 may not be bound at all, nobody needs to hold it.
    await new Promise<void>((resolve) => holder.once('error', () => resolve()).listen(111, address, resolve))
    const registry = {sandboxes: []}
    const port = await choosePortmapPort(registry, address)
    holder.close()
    expect(port).not.toBe(111)
    expect(registry).toEqual({sandboxes: [], portmapPort: port})
  })
})

describe('the lock', () => {
  it('lets one in at a time', async () => {
    const file = path.join(root, 'lock')
    let inside = 0
    const work = async () => {
      expect(++inside).toBe(1)
      await new Promise((resolve) => setImmediate(resolve))
      inside--
    }
    await Promise.all([
      withFileLock(file, work, limits),
      withFileLock(file, work, limits),
      withFileLock(file, work, limits),
    ])
    expect(inside).toBe(0)
  })

  it('is taken over from a process that is gone, not from one that lives', async () => {
    const file = path.join(root, 'lock')
    writeFileSync(file, JSON.stringify({pid: process.pid, startTicks: '1'}))
    expect(await withFileLock(file, async () => 'in', limits)).toBe('in')
    await withFileLock(
      file,
      async () => {
        await expect(withFileLock(file, async () => 'in', {timeoutMs: 60})).rejects.toMatchObject({
          code: 'VN-SANDBOX-TIMEOUT',
        })
      },
      limits,
    )
  })
})
