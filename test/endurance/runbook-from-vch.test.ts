import {afterAll, beforeAll, describe, expect, it} from '@jest/globals'

import type {WorkEvent} from '../../src/model/event.js'
import type {SandboxHandle} from '../../src/sandbox/lifecycle/handle.js'
import {applyRunbook, type ApplyRunbookOptions} from '../../src/services/runbook/apply-runbook.js'
import {loadRunbook} from '../../src/services/runbook/file/load-runbook.js'
import {planRunbook} from '../../src/services/runbook/plan-runbook.js'
import type {RunbookRecap} from '../../src/services/runbook/recap.js'
import {connectRunbook, type RunbookAdapters} from '../../src/services/runbook/runbook-adapters.js'
import {withoutRoute} from '../helpers/no-route.js'
import {runOk} from '../helpers/refusals-world.js'
import {runbookVch, writeRunbook} from '../helpers/runbook-world.js'
import {openSandboxBench, type Environment, type SandboxBench} from '../helpers/sandbox-bench.js'
import {bootCount, readState} from '../helpers/sandbox-sights.js'
import {docker} from '../helpers/stand-in-world.js'

const CONSENTS = {
  allowSelfHosted: false,
  addressReserved: false,
  adoptStore: false,
  resetProgress: false,
  noRollback: false,
}
const SCOPE = {targets: [], only: []}
const COMMAND = ['vicnfs', 'runbook', 'apply', 'shares.yaml']

let bench: SandboxBench
let server: SandboxHandle
let web: SandboxHandle
let env: Environment
let files: Record<'before' | 'after', string>

beforeAll(async () => {
  bench = await openSandboxBench()
  ;[server, web] = await Promise.all([bench.start('server'), bench.start('web')])
  env = bench.environment(server)
  const vchs = {storage: runbookVch(server), web: runbookVch(web)}
  const share = {vch: 'storage', create: true, network: 'storage-net'}
  const shares = (more: object) => ({
    whole: {...share, ...more, store: {label: 'whole', vch: 'web'}},
    team: {...share, ...more, directories: {web: {label: 'team', vch: 'web'}}},
    lone: {...share, ...more},
  })
  files = {
    before: await writeRunbook(bench.directory, {vchs, shares: shares({}), verify: true}, 'before.yaml'),
    after: await writeRunbook(bench.directory, {vchs, shares: shares({allow: ['127.0.0.0/8']})}, 'after.yaml'),
  }
})
afterAll(() => bench.close())

const limits = {readyTimeoutMs: 20_000, vicMachineTimeoutMs: 30_000, vchTimeoutMs: 30_000, stepTimeoutMs: 5000}

/** A runbook on the same machine without a route to any share. */
async function farAway(file: string, readyTimeoutMs = limits.readyTimeoutMs) {
  const {signal} = new AbortController()
  const runbook = await loadRunbook(file, {environment: env, signal})
  const tools = {
    environment: env,
    signal,
    confirm: () => Promise.resolve(),
    askSecret: () => Promise.resolve(undefined),
  }
  const near = await connectRunbook(runbook, {limits: {...limits, readyTimeoutMs}}, tools)
  const nfs = withoutRoute(near.one('web').nfs)
  const adapters: RunbookAdapters = {
    ...near,
    one: (key) => ({...near.one(key), nfs}),
    pair: (one, other) => ({...near.pair(one, other), nfs}),
  }
  return {runbook, adapters}
}

interface Told {
  readonly recap: RunbookRecap
  readonly notes: readonly string[]
}

async function apply(file: string, options: Partial<ApplyRunbookOptions>): Promise<Told> {
  const {runbook, adapters} = await farAway(file)
  const notes: string[] = []
  const onEvent = (event: WorkEvent): void => void (event.type === 'note' && notes.push(event.text))
  const usual = {scope: SCOPE, consents: CONSENTS, recreate: false, parallel: 4, keepGoing: false, command: COMMAND}
  return {recap: await applyRunbook({...usual, ...options, runbook}, adapters, {onEvent}), notes}
}

const outcomesOf = ({shares, stores}: RunbookRecap): string[] => [...shares, ...stores].map(({outcome}) => outcome)

/** Containers that the looks at shares have left on both VCHs. */
async function left(): Promise<string[]> {
  const lists = await Promise.all([server, web].map((vch) => docker(vch, 'GET', '/containers/json?all=1')))
  const names = lists.flatMap(({json}) => (json as {Names: string[]}[]).flatMap(({Names}) => Names))
  return names.filter((name) => name.includes('check'))
}

describe('a runbook whose shares this machine cannot reach', () => {
  it('is not applied from here: nothing is left, no VCH is touched, and the error names the command', async () => {
    const {recap} = await apply(files.before, {})
    const errors = recap.shares.flatMap(({error}) => error ?? [])
    expect(errors).not.toEqual([])
    for (const {code, tries} of errors) {
      expect(code).toBe('VN-NFS-NOT-READY')
      expect(tries.at(-1)).toBe('vicnfs runbook apply shares.yaml --from vch')
    }
    expect((await readState(server)).containers).toEqual([])
    expect(await bootCount(web)).toBe(1)
  })

  it('is applied with the eyes of the VCHs that use its shares: one configure, every store proven', async () => {
    const {recap, notes} = await apply(files.before, {fromVch: true})
    expect(outcomesOf(recap)).toEqual(['created', 'created', 'created', 'registered', 'registered'])
    expect(recap.stores.map(({proof}) => proof)).toEqual(['proven', 'proven'])
    expect(recap.counts.powerCycles).toBe(1)
    expect(notes.join('\n')).toMatch(/^web: A container of the VCH looks at .*no route to host$/m)
    expect(notes.join('\n')).toMatch(/^storage: A container of the VCH looks at .*no route to host$/m)
    expect(await left()).toEqual([])
  })

  it('and what it has made is all there for a machine that has a route, the records too', async () => {
    const again = await runOk<RunbookRecap>(bench, ['runbook', 'apply', files.before, '--from', 'vch', '--yes'], env)
    expect(new Set(outcomesOf(again))).toEqual(new Set(['unchanged']))
    const rows = await runOk<{shares: {name: string; stores: {label: string}[]}[]}>(bench, ['status'], {
      ...env,
      ...bench.environment(server, web),
    })
    const labels = rows.shares.flatMap(({stores}) => stores.map(({label}) => label))
    expect(labels.sort()).toEqual(['team', 'whole'])
  })

  it('changes nothing the second time, and its plan starts no container', async () => {
    const {runbook, adapters} = await farAway(files.before)
    const boots = await bootCount(web)
    const wish = {runbook, scope: SCOPE, consents: CONSENTS, recreate: false}
    expect((await planRunbook(wish, adapters, {})).pending).toBe(false)
    const {recap} = await apply(files.before, {fromVch: true})
    expect(new Set(outcomesOf(recap))).toEqual(new Set(['unchanged']))
    expect(await bootCount(web)).toBe(boots)
    expect(await left()).toEqual([])
  })

  it('has its servers exchanged, each seen by the VCH that needs it before it counts', async () => {
    const {recap} = await apply(files.after, {fromVch: true, recreate: true})
    expect(recap.shares.map(({outcome}) => outcome)).toEqual(['recreated', 'recreated', 'recreated'])
    expect(recap.counts).toMatchObject({failed: 0, powerCycles: 0})
    expect(await left()).toEqual([])
  })
})
