import {afterAll, beforeAll, describe, expect, it} from '@jest/globals'

import type {SandboxHandle} from '../../src/sandbox/lifecycle/handle.js'
import type {CliResult} from '../helpers/cli.js'
import {expectRefused, runOk} from '../helpers/refusals-world.js'
import {openSandboxBench, type Environment, type SandboxBench} from '../helpers/sandbox-bench.js'
import {bootCount} from '../helpers/sandbox-sights.js'
import {docker, onlineStores} from '../helpers/stand-in-world.js'

const EXPOSE = ['expose-volume', '--create', '--allow-self-hosted', '--yes']
const SECOND = [...EXPOSE, 'second', '--register', 'second-store']

/** The same in two commands, which leave out the proof. */
async function share(name: string, env: Environment): Promise<CliResult> {
  await runOk(bench, [...EXPOSE.slice(0, 2), name], env)
  return bench.run(['register-store', `${name}-store`, '--share', name, ...EXPOSE.slice(2), '--json'], env)
}

let bench: SandboxBench
let vch: SandboxHandle
let env: Environment

beforeAll(async () => {
  bench = await openSandboxBench()
  vch = await bench.start('one')
  env = bench.environment(vch)
  expect(await share('first', env)).toMatchObject({exitCode: 0})
})
afterAll(() => bench.close())

async function kill(sandbox: SandboxHandle): Promise<void> {
  expect((await docker(sandbox, 'POST', '/containers/vicnfs-first/kill')).status).toBe(204)
  await docker(sandbox, 'POST', '/containers/vicnfs-first/wait')
}

describe('a VCH of today, one of whose stores has lost its server', () => {
  it('is not restarted for a new store: refused before the question, nothing made or configured', async () => {
    await kill(vch)
    const boots = await bootCount(vch)
    const refusal = {argv: SECOND, env, code: 'VN-STORE-DEAD', exitCode: 3, says: /"first-store" of "one" is not there/}
    const {tries, reason} = await expectRefused(bench, [vch], refusal)
    const url = '--url nfs://127.1.2.3/elsewhere?uid=0&gid=0 --address-reserved --dry-run'
    await expectRefused(bench, [vch], {...refusal, argv: ['register-store', 'other', ...url.split(' ')]})
    expect(reason).toMatch(/^nfs:\/\/127\.[\d.]+\/exports\/first\?uid=0&gid=0: .* failed: .* boots in circles/)
    expect([await bootCount(vch), await onlineStores(vch)]).toEqual([boots, ['default', 'first-store']])
    // The way out that was named.
    const [command = ''] = tries
    expect(command).toMatch(/^vicnfs expose-volume first\b/)
    await runOk(bench, command.split(' ').slice(1), env)
  })

  it('takes the new store as soon as the server is back', async () => {
    expect(await share('second', env)).toMatchObject({exitCode: 0})
    expect(await onlineStores(vch)).toEqual(['default', 'first-store', 'second-store'])
  })
})
