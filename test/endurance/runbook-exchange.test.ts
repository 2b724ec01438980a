import path from 'node:path'
import {afterAll, beforeAll, describe, expect, it} from '@jest/globals'

import type {RunbookPlan} from '../../src/model/runbook-plan.js'
import type {SandboxHandle} from '../../src/sandbox/lifecycle/handle.js'
import type {RunbookRecap} from '../../src/services/runbook/recap.js'
import {errorOf, removeContainer, runContainer, runOk, worldOf} from '../helpers/refusals-world.js'
import {runbookVch, writeRunbook} from '../helpers/runbook-world.js'
import {openSandboxBench, type Environment, type SandboxBench} from '../helpers/sandbox-bench.js'
import {bootCount, readState} from '../helpers/sandbox-sights.js'
import {docker} from '../helpers/stand-in-world.js'

let bench: SandboxBench
let server: SandboxHandle
let web: SandboxHandle
let env: Environment
let files: Record<'before' | 'after', string>

/** The same two shares, for everybody and then for some only; one is registered, one is only served. */
const runbook = (more: Record<string, unknown>) => {
  const share = {vch: 'storage', create: true, network: 'storage-net', ...more}
  return {
    vchs: {storage: runbookVch(server), web: runbookVch(web)},
    shares: {used: {...share, store: {label: 'used', vch: 'web'}}, lone: share},
  }
}
const outcomesOf = ({shares}: RunbookRecap): string[] => shares.map(({outcome}) => outcome)
const marksOf = async (file: string, flags: readonly string[] = []): Promise<unknown> => {
  const plan = await runOk<RunbookPlan>(bench, ['runbook', 'plan', file, ...flags], env)
  return plan.shares.map(({mark, exchange}) => [mark, exchange])
}
const addresses = async (): Promise<Record<string, string>> => {
  const {containers} = await (await bench.control(server)).status()
  return Object.fromEntries(containers.map(({name, address}) => [name, address]))
}

beforeAll(async () => {
  bench = await openSandboxBench()
  ;[server, web] = await Promise.all([bench.start('server'), bench.start('web')])
  const {DOCKER_HOST: _host, ...rest} = bench.environment(server)
  env = rest
  files = {
    before: await writeRunbook(bench.directory, runbook({}), 'before.yaml'),
    after: await writeRunbook(bench.directory, runbook({allow: ['127.0.0.0/8']}), 'after.yaml'),
  }
  await runOk(bench, ['runbook', 'apply', files.before, '--yes'], env)
  await docker(web, 'POST', '/volumes/create', {Name: 'v', Driver: 'vsphere', DriverOpts: {VolumeStore: 'used'}})
  await runContainer(web, {name: 'app', volume: 'v'})
})
afterAll(() => bench.close())

describe('servers that differ from the runbook', () => {
  it('are refused without --recreate; with it, too, while a container runs on a share: then none is exchanged', async () => {
    const before = worldOf(bench, [server, web])
    const refusals = async (flags: readonly string[]): Promise<unknown> => {
      const result = await bench.run(['runbook', 'apply', files.after, '--yes', '--json', ...flags], env)
      const {code, details} = errorOf(result)
      const all = details['refusals'] as readonly {name: string; code: string}[]
      return [code, result.exitCode, ...all.map((each) => `${each.name} ${each.code}`)]
    }
    const differs = ['used VN-SHARE-DIFFERS', 'lone VN-SHARE-DIFFERS']
    expect(await refusals([])).toEqual(['VN-RUNBOOK-REFUSED', 3, ...differs])
    expect(await refusals(['--recreate'])).toEqual(['VN-RUNBOOK-REFUSED', 3, 'used VN-IN-USE'])
    expect(worldOf(bench, [server, web])).toEqual(before)
  })

  it('are exchanged at their addresses once nothing runs there, as the saved plan says, and then never again', async () => {
    await removeContainer(web, 'app')
    const [places, boots] = [await addresses(), await bootCount(web)]
    const ids = (await readState(server)).containers.map(({id}) => id)
    const saved = path.join(bench.directory, 'plan.json')
    const changes = [
      ['change', 'recreate'],
      ['change', 'recreate'],
    ]
    expect(await marksOf(files.after, ['--recreate', '-o', saved])).toEqual(changes)
    const done = await runOk<RunbookRecap>(bench, ['runbook', 'apply', saved, '--recreate'], env)
    expect([outcomesOf(done), done.counts.powerCycles]).toEqual([['recreated', 'recreated'], 0])
    expect([await addresses(), await bootCount(web)]).toEqual([places, boots])
    const now = await readState(server)
    expect(now.containers.filter(({id}) => ids.includes(id))).toEqual([])
    // What an apply of this very plan has done is no change since.
    const again = await runOk<RunbookRecap>(bench, ['runbook', 'apply', saved, '--recreate'], env)
    expect(outcomesOf(again)).toEqual(['unchanged', 'unchanged'])
  })
})

describe('a parked share', () => {
  it('is served again by an apply, and a plan says so', async () => {
    const two = {...env, ...bench.environment(server, web)}
    await runOk(bench, ['teardown', 'used', '--park', '--yes'], two)
    const places = await addresses()
    const parked = worldOf(bench, [server, web])
    const {stdout} = await bench.run(['runbook', 'plan', files.after], env)
    expect(stdout).toMatch(/~ un-park {2}used on storage/)
    expect(worldOf(bench, [server, web])).toEqual(parked)
    const done = await runOk<RunbookRecap>(bench, ['runbook', 'apply', files.after, '--yes'], env)
    expect([outcomesOf(done), done.counts.powerCycles]).toEqual([['unparked', 'unchanged'], 0])
    expect(await addresses()).toEqual(places)
    expect(await marksOf(files.after)).toEqual([
      ['keep', undefined],
      ['keep', undefined],
    ])
  })
})
