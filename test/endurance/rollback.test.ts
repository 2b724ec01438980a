import {afterEach, beforeEach, describe, expect, it} from '@jest/globals'

import type {SandboxHandle} from '../../src/sandbox/lifecycle/handle.js'
import {openSandboxBench, type Environment, type SandboxBench} from '../helpers/sandbox-bench.js'
import {changeKinds} from '../helpers/sandbox-sights.js'

const EXPOSE = ['expose-volume', 'nfs-vol', '--create', '--network', 'storage-net']
const REGISTER = ['register-store', 'nfs-store', '--share', 'nfs-vol', '--allow-self-hosted', '--yes']

let bench: SandboxBench
let vch: SandboxHandle
let env: Environment

beforeEach(async () => {
  bench = await openSandboxBench()
  vch = await bench.start('one')
  env = bench.environment(vch)
})
afterEach(() => bench.close())

describe('vicnfs rollback', () => {
  it('takes the last registration back, keeps the server container, and is in the history', async () => {
    for (const argv of [EXPOSE, REGISTER]) expect(await bench.run(argv, env)).toMatchObject({exitCode: 0})
    const control = await bench.control(vch)
    const planned = await bench.run(['rollback', '--dry-run'], env)
    expect(planned).toMatchObject({exitCode: 0, stderr: expect.stringContaining('- remove  nfs-store')})
    expect(planned.stdout).toMatch(
      /^planned: nfs-store would go from one; its stores would be: default\n {2}\S.*--rollback/,
    )
    expect(await changeKinds(bench.directory)).toEqual(['configure'])

    const first = await bench.run(['rollback', '--yes'], env)
    expect(first).toMatchObject({exitCode: 0})
    expect(first.stdout).toMatch(/^rolled back: nfs-store is taken back from one; its stores are: default\n/)
    expect(first.stdout).toContain('vicnfs-nfs-vol goes on serving the share "nfs-vol"')
    const status = await control.status()
    expect(status.stores.map(({label}) => label)).toEqual(['default'])
    expect(status.containers).toMatchObject([{name: 'vicnfs-nfs-vol', power: 'running'}])

    const again = await bench.run(['rollback', '--yes'], env)
    expect(again).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^unchanged: there is nothing to roll back/),
    })
    expect(await changeKinds(bench.directory)).toEqual(['configure', 'rollback'])

    const history = await bench.run(['history', '--vch', 'one'], env)
    expect(history.exitCode).toBe(0)
    const lines = history.stdout.trimEnd().split('\n')
    expect(lines.at(0)).toMatch(/make the volume "nfs-vol" on "default".* by vicnfs expose-volume nfs-vol$/)
    expect(lines.find((line) => line.includes('register nfs-store'))).toMatch(/by vicnfs register-store nfs-store$/)
    expect(lines.find((line) => line.includes('roll back, without nfs-store'))).toMatch(/by vicnfs rollback$/)
    expect(history.stdout).not.toContain('OPEN')
    const {json} = await bench.run(['history', '--json', '--limit', '1'], env)
    expect(json).toMatchObject({ok: true, result: {events: [{action: 'record-remove', state: 'done'}]}})
  })
})
