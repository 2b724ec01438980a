import {rmSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {afterAll, beforeAll, describe, expect, it} from '@jest/globals'

import type {RunbookPlan} from '../../src/model/runbook-plan.js'
import type {RunbookRecap} from '../../src/services/runbook/recap.js'
import {errorOf, runOk} from '../helpers/refusals-world.js'
import {runbookVch, writeRunbook} from '../helpers/runbook-world.js'
import {openSandboxBench, type Environment, type SandboxBench} from '../helpers/sandbox-bench.js'

const TOKEN = 'tok3n-of-another-step'

let bench: SandboxBench
let env: Environment
let file: string
let obstacle: string
let content: {vchs: Record<string, unknown>; shares: Record<string, unknown>}

const node = (script: string): string[] => ['node', '-e', script]

beforeAll(async () => {
  bench = await openSandboxBench()
  const vch = await bench.start('steps')
  env = {...bench.environment(vch), TOKEN}
  obstacle = path.join(bench.directory, 'obstacle')
  const data = {vch: 'one', create: true, network: 'storage-net', store: {label: 'data-store', vch: 'one'}}
  content = {vchs: {one: runbookVch(vch)}, shares: {data}}
  file = await writeRunbook(bench.directory, {
    ...content,
    steps: [
      // It names no variable, and inherits them all.
      {name: 'stop', before: 'stores', run: node('console.log(process.env.TOKEN)')},
      {name: 'start', after: 'stores', run: node('process.exit(+require("fs").existsSync("obstacle"))')},
      {name: 'tell', after: 'stores', run: node('0'), env: {TOKEN: '${TOKEN}'}},
    ],
  })
})
afterAll(() => bench.close())

const apply = () => bench.run(['runbook', 'apply', file, '--yes', '--allow-self-hosted', '--json'], env)
const stepsOf = ({steps}: RunbookRecap) => steps.map(({name, outcome}) => `${name} ${outcome}`)

describe('the steps around a phase that an earlier run has not ended', () => {
  it('are run by the next apply, though nothing else is to do, and by none after it', async () => {
    writeFileSync(obstacle, '')
    const failed = await apply()
    const {recap} = errorOf(failed).details as {recap: RunbookRecap}
    expect([failed.exitCode, stepsOf(recap)]).toEqual([1, ['stop done', 'start failed']])

    rmSync(obstacle)
    const plan = await runOk<RunbookPlan>(bench, ['runbook', 'plan', file, '--allow-self-hosted'], env)
    expect([plan.shares.map(({mark}) => mark), plan.steps.map(({runs}) => runs)]).toEqual([
      ['keep'],
      [true, true, true],
    ])
    const second = await runOk<RunbookRecap>(bench, ['runbook', 'apply', file, '--allow-self-hosted'], env)
    expect([second.counts.changed, stepsOf(second)]).toEqual([0, ['stop done', 'start done', 'tell done']])

    const third = await runOk<RunbookRecap>(bench, ['runbook', 'apply', file, '--allow-self-hosted'], env)
    expect(stepsOf(third)).toEqual(['stop skipped', 'start skipped', 'tell skipped'])
  })

  it('are shown without the secrets of other steps', async () => {
    const steps = [
      {name: 'leak', before: 'shares', runs: 'always', run: node('console.log(process.env.TOKEN)')},
      {name: 'own', after: 'shares', run: node('0'), env: {TOKEN: '${TOKEN}'}},
    ]
    const again = await writeRunbook(bench.directory, {...content, steps}, 'leak.yaml')
    const {stderr, exitCode} = await bench.run(['runbook', 'apply', again, '--yes', '--allow-self-hosted'], env)
    expect(exitCode).toBe(0)
    expect(stderr).toContain('leak: ***')
    expect(stderr).not.toContain(TOKEN)
  })
})
