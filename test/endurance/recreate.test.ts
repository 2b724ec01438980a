import {afterAll, beforeAll, describe, expect, it} from '@jest/globals'

import type {SandboxHandle} from '../../src/sandbox/lifecycle/handle.js'
import type {ControlClient} from '../../src/sandbox/vcenter/control-api.js'
import {errorOf, expectReadable, runOk} from '../helpers/refusals-world.js'
import {openSandboxBench, type Environment, type SandboxBench} from '../helpers/sandbox-bench.js'
import {docker, onlineStores, untilAnswers} from '../helpers/stand-in-world.js'

const SERVE = ['expose-volume', 'nfs-vol']
const REGISTER = ['register-store', 'nfs-store', '--share', 'nfs-vol', '--allow-self-hosted', '--yes']

let bench: SandboxBench
let vch: SandboxHandle
let env: Environment
let control: ControlClient

interface Served {
  readonly Id: string
  readonly Config: {readonly Env: readonly string[]; readonly Labels: Record<string, string>}
}
const server = async (): Promise<Served> => (await docker(vch, 'GET', '/containers/vicnfs-nfs-vol/json')).json as Served

async function expectBoots(): Promise<void> {
  await control.vchPowerOff()
  await control.vchPowerOn()
  await untilAnswers(vch)
  expect(await onlineStores(vch)).toEqual(['default', 'nfs-store'])
}

beforeAll(async () => {
  bench = await openSandboxBench()
  vch = await bench.start('one')
  env = bench.environment(vch)
  control = await bench.control(vch)
  await runOk(bench, [...SERVE, '--create'], env)
  await runOk(bench, REGISTER, env)
})
afterAll(() => bench.close())

describe('the server of a registered share, made anew', () => {
  it('under settings that nobody can mount it with: the old one is back, made of the same, and the VCH boots', async () => {
    const before = await server()
    const closed = ['--export-opts', '192.0.2.0/24(rw,insecure,no_root_squash)', '--ready-timeout', '1s']
    const outcome = await bench.run([...SERVE, '--recreate', ...closed, '--json'], env)
    const error = errorOf(outcome)
    expect([error.code, outcome.exitCode]).toEqual(['VN-EXCHANGE-FAILED', 1])
    expectReadable(error)
    const after = await server()
    expect(after.Id).not.toBe(before.Id)
    expect([...after.Config.Env].sort()).toEqual([...before.Config.Env].sort())
    expect(after.Config.Labels).toEqual({...before.Config.Labels, 'vicnfs.run': expect.any(String)})
    await expectBoots()
  })

  it('for other clients: a container of the VCH has tried them, and the VCH boots on it', async () => {
    const allow = ['--allow', '127.0.0.0/8']
    const made = await runOk(bench, [...SERVE, ...allow, '--recreate'], env)
    expect(made).toMatchObject({outcome: 'recreated', unchanged: false})
    expect((await server()).Config.Env.join()).toContain('EXPORT_OPTS=127.0.0.0/8(')
    await expectBoots()
    expect(await runOk(bench, [...SERVE, ...allow], env)).toMatchObject({outcome: 'unchanged'})
  })
})
