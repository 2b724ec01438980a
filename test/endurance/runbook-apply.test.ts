import {readFile, writeFile} from 'node:fs/promises'
import path from 'node:path'
import {afterAll, beforeAll, describe, expect, it} from '@jest/globals'

import type {RunbookPlan} from '../../src/model/runbook-plan.js'
import type {SandboxHandle} from '../../src/sandbox/lifecycle/handle.js'
import type {RunbookRecap} from '../../src/services/runbook/recap.js'
import type {RunbookStatus} from '../../src/services/runbook/status-runbook.js'
import {errorOf, runOk, worldOf} from '../helpers/refusals-world.js'
import {manyShares, runbookVch, writeRunbook} from '../helpers/runbook-world.js'
import {openSandboxBench, type Environment, type SandboxBench} from '../helpers/sandbox-bench.js'
import {bootCount, changeKinds, readState, volumeNames} from '../helpers/sandbox-sights.js'

const TOKEN = 'tok3n-of-the-operator'

let bench: SandboxBench
let server: SandboxHandle
let web: SandboxHandle
let env: Environment
let file: string
let saved: string

beforeAll(async () => {
  bench = await openSandboxBench()
  ;[server, web] = await Promise.all([bench.start('server'), bench.start('web')])
  const settings = bench.environment(server)
  // The runbook names its own variables; the usual ones must not be needed.
  const {DOCKER_HOST: _host, VIC_MACHINE_PASSWORD: password, VIC_MACHINE_TARGET: _target, ...rest} = settings
  env = {...rest, WEB_PASSWORD: password, TOKEN}
  saved = path.join(bench.directory, 'plan.json')
  const say = ['node', '-e', 'console.log("drained with", process.env.TOKEN, String(process.env.WEB_PASSWORD))']
  file = await writeRunbook(bench.directory, {
    vchs: {storage: runbookVch(server, 'WEB_PASSWORD'), web: runbookVch(web, 'WEB_PASSWORD')},
    shares: manyShares(2, {server: 'storage', consumer: 'web'}),
    verify: true,
    steps: [{name: 'drain', before: 'stores', vch: 'web', run: say, env: {TOKEN: '${TOKEN}'}}],
  })
})
afterAll(() => bench.close())

describe('a plan', () => {
  it('says what would change, with the command and the power-cycle, and touches nothing', async () => {
    const before = worldOf(bench, [server, web])
    const argv = ['runbook', 'plan', file, '-o', saved, '--exit-code', '--json']
    const {json, exitCode} = await bench.run(argv, env)
    const {result: plan} = json as {result: RunbookPlan}
    expect(exitCode).toBe(7)
    expect(plan.shares.map(({mark}) => mark)).toEqual(['add', 'add'])
    expect(new Set(plan.shares.map(({url}) => url)).size).toBe(2)
    expect(plan.vchs).toMatchObject([{key: 'web', id: web.vmId, powerCycles: 1}])
    expect(plan.vchs[0]?.command).toContain(`configure --id ${web.vmId} --volume-store ds://datastore1/volumes:default`)
    expect(plan.steps).toMatchObject([{name: 'drain', runs: true}])
    expect(worldOf(bench, [server, web])).toEqual(before)
  })

  it('is not applied without consent where nobody can be asked', async () => {
    const before = worldOf(bench, [server, web])
    const result = await bench.run(['runbook', 'apply', file, '--json'], env)
    expect(errorOf(result)).toMatchObject({code: 'VN-CONSENT-MISSING', details: {flag: '--yes'}})
    expect(result.exitCode).toBe(2)
    expect(worldOf(bench, [server, web])).toEqual(before)
  })
})

describe('a saved plan', () => {
  it('is applied without a question, by one configure, and each store is proven', async () => {
    const {stdout, stderr, exitCode} = await bench.run(['runbook', 'apply', saved], env)
    expect({exitCode, stdout}).toEqual({
      exitCode: 0,
      stdout: expect.stringMatching(/recap: ok=4 changed=4 .*power-cycles=1/),
    })
    expect(stdout.match(/proven by two containers/g)).toHaveLength(2)
    expect(stderr).toContain('drain: drained with *** undefined')
    expect(await changeKinds(bench.directory)).toEqual(['configure'])
    expect(await bootCount(web)).toBe(2)
  })

  it('and the runbook change nothing the second time', async () => {
    for (const argv of [[file], [saved]]) {
      const recap = await runOk<RunbookRecap>(bench, ['runbook', 'apply', ...argv], env)
      expect(recap.counts).toMatchObject({ok: 4, changed: 0, unchanged: 4, powerCycles: 0})
      expect(recap.steps).toMatchObject([{name: 'drain', outcome: 'skipped'}])
    }
    expect(await bootCount(web)).toBe(2)
    const {exitCode} = await bench.run(['runbook', 'plan', file, '--exit-code'], env)
    expect(exitCode).toBe(0)
  })

  it('is followed by a status without drift, and one that misses what the runbook has more', async () => {
    const fine = await bench.run(['runbook', 'status', file, '--exit-code', '--json'], env)
    const {result} = fine.json as {result: RunbookStatus}
    expect({exitCode: fine.exitCode, missing: result.missing}).toEqual({exitCode: 0, missing: []})
    expect(result.looks.flatMap(({report}) => report?.shares.map(({name}) => name))).toEqual(['s1', 's2'])
    const more = await writeRunbook(
      bench.directory,
      {
        vchs: {storage: runbookVch(server, 'WEB_PASSWORD'), web: runbookVch(web, 'WEB_PASSWORD')},
        shares: manyShares(3, {server: 'storage', consumer: 'web'}),
      },
      'more.yaml',
    )
    const {stdout, exitCode} = await bench.run(['runbook', 'status', more, '--exit-code'], env)
    expect({exitCode, stdout}).toEqual({exitCode: 7, stdout: expect.stringContaining('share s3 is not on storage')})
  })

  it('is refused once the runbook says something else', async () => {
    const text = await readFile(file, 'utf8')
    await writeFile(file, text.replace('"drain"', '"drained"'))
    const result = await bench.run(['runbook', 'apply', saved, '--json'], env)
    await writeFile(file, text)
    expect(errorOf(result)).toMatchObject({code: 'VN-PLAN-STALE', reason: expect.stringContaining('the runbook says')})
    expect(result.exitCode).toBe(3)
  })
})

describe('secrets', () => {
  it('appear neither in the plan nor in the journal nor in what is printed', async () => {
    const printed = await bench.run(['runbook', 'plan', file, '--verbose'], env)
    const texts = [
      await readFile(saved, 'utf8'),
      await readFile(path.join(bench.directory, 'journal.jsonl'), 'utf8'),
      printed.stdout + printed.stderr,
    ]
    for (const text of texts) {
      expect(text).not.toContain(TOKEN)
      expect(text).not.toMatch(/["=\s]sandbox["\s]/)
    }
    // The control: the plan does hold the command that the secret belongs to.
    expect(texts[0]).toContain('drained with')
  })
})

describe('destroy', () => {
  it('un-registers both stores by one rollback, removes the servers, and keeps the volumes', async () => {
    const unasked = await bench.run(['runbook', 'destroy', file, '--json'], env)
    expect(unasked).toMatchObject({exitCode: 2, json: {error: {code: 'VN-CONSENT-MISSING'}}})
    const recap = await runOk<RunbookRecap>(bench, ['runbook', 'destroy', file, '--yes'], env)
    expect(recap.counts).toMatchObject({ok: 4, changed: 4, powerCycles: 1})
    expect((await readState(web)).guestInfo.stores.map(({label}) => label)).toEqual(['default'])
    expect((await readState(server)).containers).toEqual([])
    expect((await volumeNames(server)).sort()).toEqual(['s1', 's2'])
  })
})
