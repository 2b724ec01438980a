import {afterAll, beforeAll, describe, expect, it} from '@jest/globals'

import type {SandboxHandle} from '../../src/sandbox/lifecycle/handle.js'
import type {CliResult} from '../helpers/cli.js'
import {expectRefused, runOk} from '../helpers/refusals-world.js'
import {openSandboxBench, type Environment, type SandboxBench} from '../helpers/sandbox-bench.js'
import {docker, onlineStores} from '../helpers/stand-in-world.js'

const EXPOSE = ['expose-volume', '--create', '--allow-self-hosted', '--yes']

/** The same in two commands, which leave out the proof. */
async function share(name: string, env: Environment): Promise<CliResult> {
  await runOk(bench, [...EXPOSE.slice(0, 2), name], env)
  return bench.run(['register-store', `${name}-store`, '--share', name, ...EXPOSE.slice(2), '--json'], env)
}

let bench: SandboxBench
let vch: SandboxHandle
let env: Environment
let old: SandboxHandle
let oldEnv: Environment

beforeAll(async () => {
  bench = await openSandboxBench()
  vch = await bench.start('one')
  old = await bench.start('old', {vicVersion: '1.4.3'})
  env = bench.environment(vch)
  oldEnv = bench.environment(old)
  for (const each of [env, oldEnv]) expect(await share('first', each)).toMatchObject({exitCode: 0})
})
afterAll(() => bench.close())

async function kill(sandbox: SandboxHandle): Promise<void> {
  expect((await docker(sandbox, 'POST', '/containers/vicnfs-first/kill')).status).toBe(204)
  await docker(sandbox, 'POST', '/containers/vicnfs-first/wait')
}

describe('a VCH of today, one of whose stores has lost its server', () => {
  it('is not rolled back either, while a store that stays is dead', async () => {
    expect(await share('second', env)).toMatchObject({exitCode: 0})
    await kill(vch)
    const teardown = ['teardown', 'second', '--yes']
    const refusal = {
      argv: teardown,
      env,
      code: 'VN-STORE-DEAD',
      exitCode: 3,
      says: /"first-store" of "one" is not there/,
    }
    await expectRefused(bench, [vch], refusal)
    await runOk(bench, ['expose-volume', 'first'], env)
    // The one that goes may be dead: the VCH will not have it any more.
    await docker(vch, 'POST', '/containers/vicnfs-second/kill')
    expect(await runOk(bench, teardown, env)).toMatchObject({outcome: 'removed', unregistered: ['second-store']})
    expect(await onlineStores(vch)).toEqual(['default', 'first-store'])
  })
})

describe('a VCH before 1.5.2', () => {
  it('goes on without the store, which is said', async () => {
    await kill(old)
    const result = await share('second', oldEnv)
    expect(result.exitCode).toBe(0)
    const {warnings} = result.json as {warnings: string[]}
    expect(warnings).toEqual(
      expect.arrayContaining([expect.stringMatching(/"first-store" .* "old" will leave the store out in silence/)]),
    )
    expect(await onlineStores(old)).toEqual(['default', 'second-store'])
  })
})
