import {afterEach, beforeEach, describe, expect, it} from '@jest/globals'

import {openSandboxBench, type SandboxBench} from '../helpers/sandbox-bench.js'

const EXPOSE = [
  'expose-volume',
  'nfs-vol',
  '--create',
  '--capacity',
  '1GB',
  '--network',
  'storage-net',
  '--register',
  'nfs-store',
  '--yes',
]

let bench: SandboxBench

beforeEach(async () => {
  bench = await openSandboxBench()
})
afterEach(() => bench.close())

describe('the whole workflow', () => {
  it('works twice on one VCH, and says "unchanged" the second time', async () => {
    const vch = await bench.start('one')
    const env = bench.environment(vch)
    const first = await bench.run([...EXPOSE, '--allow-self-hosted'], env)
    expect(first).toMatchObject({exitCode: 0})
    expect(first.stdout).toContain('proven: containers share data through "nfs-store"')
    const second = await bench.run([...EXPOSE, '--allow-self-hosted'], env)
    expect(second.exitCode).toBe(0)
    expect(second.stdout).toMatch(/^unchanged: nfs-vol/)

    const verified = await bench.run(['verify', 'nfs-store', '--json'], env)
    expect(verified.exitCode).toBe(0)
    const {result} = verified.json as {result: Record<string, string>}
    expect(result['bRead']).toBe(result['aWrote'])
    expect(result['aRead']).toBe(result['bWrote'])
    const control = await bench.control(vch)
    const afterVerify = await control.status()
    expect(afterVerify.containers.map((container) => container.name)).toEqual(['vicnfs-nfs-vol'])

    const removed = await bench.run(['teardown', 'nfs-vol', '--yes', '--json'], env)
    expect(removed.json).toMatchObject({
      ok: true,
      result: {outcome: 'removed', unregistered: ['nfs-store'], data: 'kept'},
    })
    const again = await bench.run(['teardown', 'nfs-vol', '--yes'], env)
    expect(again.exitCode).toBe(0)
    expect(again.stdout).toMatch(/^unchanged: nfs-vol/)
    const after = await control.status()
    expect(after.stores.map((store) => store.label)).toEqual(['default'])
    expect(after.containers).toEqual([])
  })

  it('works with a server VCH and a consumer VCH, without consent to self-hosting', async () => {
    const server = await bench.start('server')
    const consumer = await bench.start('consumer')
    const env = bench.environment(server, consumer)
    const exposed = await bench.run([...EXPOSE, '--json'], env)
    expect(exposed.json).toMatchObject({
      ok: true,
      result: {outcome: 'created', registration: {outcome: 'registered', vch: 'consumer'}},
    })
    const control = await bench.control(server)
    expect((await control.status()).stores.map((store) => store.label)).toEqual(['default'])
    const removed = await bench.run(['teardown', 'nfs-vol', '--yes', '--json'], env)
    expect(removed.json).toMatchObject({ok: true, result: {outcome: 'removed', unregistered: ['nfs-store']}})
  })

  it('keeps the data over teardown and a new expose', async () => {
    const vch = await bench.start('one', {vicVersion: '1.4.3'})
    const env = bench.environment(vch)
    const exposed = await bench.run(['expose-volume', 'nfs-vol', '--create', '--network', 'storage-net', '--json'], env)
    expect(exposed.exitCode).toBe(0)
    const {url} = (exposed.json as {result: {share: {url: string}}}).result.share
    expect((await bench.run(['preflight', url], env)).exitCode).toBe(0)
    expect((await bench.run(['teardown', 'nfs-vol', '--json'], env)).json).toMatchObject({result: {data: 'kept'}})
  })
})
