import {readFile} from 'node:fs/promises'
import path from 'node:path'
import {afterAll, beforeAll, describe, expect, it} from '@jest/globals'

import type {SandboxHandle} from '../../src/sandbox/lifecycle/handle.js'
import type {RunbookPlan} from '../../src/model/runbook-plan.js'
import type {RunbookRecap} from '../../src/services/runbook/recap.js'
import {runOk, worldOf} from '../helpers/refusals-world.js'
import {manyShares, runbookVch, writeRunbook} from '../helpers/runbook-world.js'
import {openSandboxBench, type Environment, type SandboxBench} from '../helpers/sandbox-bench.js'
import {bootCount, changeKinds} from '../helpers/sandbox-sights.js'

let bench: SandboxBench
let server: SandboxHandle
let web: SandboxHandle
let env: Environment
let file: string

beforeAll(async () => {
  bench = await openSandboxBench()
  ;[server, web] = await Promise.all([bench.start('server'), bench.start('web')])
  const {DOCKER_HOST: _host, ...rest} = bench.environment(server)
  env = rest
  file = await writeRunbook(bench.directory, {
    vchs: {storage: runbookVch(server), web: runbookVch(web)},
    shares: manyShares(2, {server: 'storage', consumer: 'web'}),
    verify: true,
  })
})
afterAll(() => bench.close())

describe('a runbook', () => {
  it('is planned without touching anything', async () => {
    const before = worldOf(bench, [server, web])
    const plan = await runOk<RunbookPlan>(bench, ['runbook', 'plan', file], env)
    expect(plan.shares.map(({mark}) => mark)).toEqual(['add', 'add'])
    expect(plan.vchs).toMatchObject([{key: 'web', powerCycles: 1}])
    expect(worldOf(bench, [server, web])).toEqual(before)
  })

  it('is applied by one configure, and changes nothing the second time', async () => {
    const recap = await runOk<RunbookRecap>(bench, ['runbook', 'apply', file, '--yes'], env)
    expect(recap.counts).toMatchObject({ok: 4, changed: 4, failed: 0, powerCycles: 1})
    expect(recap.stores.map(({proof}) => proof)).toEqual(['proven', 'proven'])
    expect(await changeKinds(bench.directory)).toEqual(['configure'])
    expect(await bootCount(web)).toBe(2)
    const again = await runOk<RunbookRecap>(bench, ['runbook', 'apply', file], env)
    expect(again.counts).toMatchObject({ok: 4, changed: 0, unchanged: 4, powerCycles: 0})
    expect(await bootCount(web)).toBe(2)
    expect(await readFile(path.join(bench.directory, 'journal.jsonl'), 'utf8')).not.toContain('"sandbox"')
  })
})
