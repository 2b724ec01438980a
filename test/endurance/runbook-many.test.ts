import {afterAll, beforeAll, describe, expect, it} from '@jest/globals'

import type {SandboxHandle} from '../../src/sandbox/lifecycle/handle.js'
import type {RunbookRecap} from '../../src/services/runbook/recap.js'
import {errorOf, runOk} from '../helpers/refusals-world.js'
import {manyShares, runbookVch, writeRunbook} from '../helpers/runbook-world.js'
import {openSandboxBench, type Environment, type SandboxBench} from '../helpers/sandbox-bench.js'
import {bootCount, readState} from '../helpers/sandbox-sights.js'
import {watchCli} from '../helpers/watched-cli.js'

const EACH = 10
const CONSUMERS = ['web', 'batch', 'build']
const BROKEN = 'batch'

let bench: SandboxBench
let storage: SandboxHandle
let consumers: Record<string, SandboxHandle>
let env: Environment
let file: string

beforeAll(async () => {
  bench = await openSandboxBench()
  const names = ['storage', ...CONSUMERS]
  const started = await Promise.all(names.map((name) => bench.start(name)))
  storage = started[0] as SandboxHandle
  consumers = Object.fromEntries(CONSUMERS.map((name, index) => [name, started[index + 1] as SandboxHandle]))
  const {DOCKER_HOST: _host, ...rest} = bench.environment(storage)
  env = rest
  const shares = CONSUMERS.map((consumer) => manyShares(EACH, {server: 'storage', consumer, prefix: `${consumer}-`}))
  file = await writeRunbook(bench.directory, {
    vchs: Object.fromEntries(names.map((name, index) => [name, runbookVch(started[index] as SandboxHandle)])),
    shares: Object.assign({}, ...shares) as Record<string, unknown>,
  })
})
afterAll(() => bench.close())

const boots = async (): Promise<number[]> =>
  Promise.all(CONSUMERS.map((name) => bootCount(consumers[name] as SandboxHandle)))
const labelsOf = async (name: string): Promise<string[]> =>
  (await readState(consumers[name] as SandboxHandle)).guestInfo.stores.map(({label}) => label)
const outcomes = (recap: RunbookRecap, vch: string): string[] => [
  ...new Set(recap.stores.filter((store) => store.vch === vch).map(({outcome}) => outcome)),
]

describe(`${CONSUMERS.length * EACH} shares for ${CONSUMERS.length} VCHs, one of them broken`, () => {
  it('with --keep-going: its stores are reported one by one, the others are done by one power-cycle each', async () => {
    const control = await bench.control(consumers[BROKEN] as SandboxHandle)
    await control.injectFault('reconfigure', 'InvalidState', 1)
    const before = await boots()
    const argv = ['runbook', 'apply', file, '--yes', '--keep-going', '--parallel', '8', '--json']
    const result = await bench.run(argv, env)
    const error = errorOf(result)
    const {recap} = error.details as {recap: RunbookRecap}
    expect(recap.counts).toMatchObject({ok: 50, changed: 50, failed: EACH, refused: 0, notReached: 0})
    expect(recap.vchs.map(({key, outcome}) => `${key} ${outcome}`)).toEqual([
      'web changed',
      `${BROKEN} failed`,
      'build changed',
    ])
    expect(outcomes(recap, BROKEN)).toEqual(['failed'])
    expect(recap.stores.filter(({vch}) => vch === BROKEN).map(({label}) => label)).toHaveLength(EACH)
    expect(outcomes(recap, 'web')).toEqual(['registered'])
    const failed = recap.vchs.find(({outcome}) => outcome === 'failed')
    expect({exitCode: result.exitCode, told: failed?.error?.code}).toEqual({exitCode: 6, told: 'VN-ROLLED-BACK'})
    expect(error.code).toBe('VN-RUNBOOK-FAILED')
    const after = await boots()
    expect([after[0], after[2]]).toEqual([(before[0] ?? 0) + 1, (before[2] ?? 0) + 1])
    expect(await labelsOf('web')).toHaveLength(EACH + 1)
  })

  it('after the repair, the next apply does only the rest', async () => {
    const before = await boots()
    const argv = ['runbook', 'apply', file, '--yes', '--parallel', '8']
    const recap = await runOk<RunbookRecap>(bench, argv, env)
    expect(recap.counts).toMatchObject({ok: 60, changed: EACH, unchanged: 50, failed: 0})
    expect(recap.vchs.map(({outcome, powerCycles}) => [outcome, powerCycles])).toEqual([
      ['unchanged', 0],
      ['changed', 1],
      ['unchanged', 0],
    ])
    expect((await labelsOf(BROKEN)).sort()).toEqual(
      ['default', ...Array.from({length: EACH}, (_, index) => `${BROKEN}-${index + 1}-store`)].sort(),
    )
    const after = await boots()
    expect([after[0], after[2]]).toEqual([before[0], before[2]])
  })
})

describe('two applies at once', () => {
  it('go one after the other: the second finds everything done, and no VCH restarts twice', async () => {
    const shares = manyShares(2, {server: 'storage', consumer: 'web', prefix: 'twice'})
    const [server, web] = [storage, consumers['web'] as SandboxHandle]
    const vchs = {storage: runbookVch(server), web: runbookVch(web)}
    const twice = await writeRunbook(bench.directory, {vchs, shares}, 'twice.yaml')
    const before = await bootCount(web)
    const argv = ['runbook', 'apply', twice, '--yes', '--json']
    const ends = await Promise.all([1, 2].map(() => watchCli(argv, env).finished))
    expect(ends.map(({exitCode}) => exitCode)).toEqual([0, 0])
    const counts = ends.map(({stdout}) => (JSON.parse(stdout) as {result: RunbookRecap}).result.counts)
    expect(counts.map(({changed}) => changed).sort()).toEqual([0, 4])
    expect(await bootCount(web)).toBe(before + 1)
  })
})
