import {describe, expect, it} from '@jest/globals'

import {openWork} from '../../../../src/engine/work.js'
import type {WorkEvent} from '../../../../src/model/event.js'
import {VicnfsError} from '../../../../src/model/vicnfs-error.js'
import type {Runbook, RunbookShare, RunbookStep} from '../../../../src/runbook/runbook.js'
import {hashRunbook} from '../../../../src/services/runbook/file/hash-runbook.js'
import {cuttingWith, eachPlanned, laneEvents} from '../../../../src/services/runbook/phases/lanes.js'
import {countEntries, failureOf, recapError, worstExitCode} from '../../../../src/services/runbook/recap.js'
import {scopeOf} from '../../../../src/services/runbook/scope.js'

const share = (key: string, vch: string, consumers: readonly string[]): RunbookShare => ({
  key,
  vch,
  volume: {name: key, create: true},
  request: {name: key} as RunbookShare['request'],
  stores: consumers.map((consumer) => ({label: `${key}-store`, vch: consumer, directory: consumer})),
})
const STEP: RunbookStep = {
  name: 'drain',
  when: 'before',
  phase: 'stores',
  vch: 'web',
  run: ['ssh', 'host', 'token-1'],
  env: {TOKEN: 'token-1'},
  secrets: ['token-1'],
  timeoutMs: 1,
  runs: 'changed',
}
const RUNBOOK: Runbook = {
  file: 'a.yaml',
  vchs: ['storage', 'web', 'batch'].map((key) => ({key, docker: {host: `tcp://${key}:2376`}})),
  shares: [share('one', 'storage', ['web']), share('two', 'storage', ['web', 'batch']), share('lone', 'batch', [])],
  steps: [STEP],
}

describe('the scope of a runbook', () => {
  const shown = (targets: string[], only: string[]) => {
    const scope = scopeOf(RUNBOOK, {targets, only})
    const consumers = scope.consumers.map(({key, stores}) => `${key}:${stores.map(({share: of}) => of.key).join('+')}`)
    return {shares: scope.shares.map(({key}) => key), consumers, keys: scope.keys, steps: scope.steps.length}
  }

  it('is all of it, or the VCHs and shares that are named, with the servers that these need', () => {
    expect(shown([], [])).toEqual({
      shares: ['one', 'two', 'lone'],
      consumers: ['web:one+two', 'batch:two'],
      keys: ['storage', 'web', 'batch'],
      steps: 1,
    })
    expect(shown(['web'], [])).toMatchObject({
      shares: ['one', 'two'],
      consumers: ['web:one+two'],
      keys: ['storage', 'web'],
    })
    expect(shown(['batch'], [])).toMatchObject({shares: ['two', 'lone'], consumers: ['batch:two'], steps: 0})
    expect(shown(['batch'], ['one'])).toMatchObject({shares: [], consumers: [], keys: []})
    expect(shown([], ['lone'])).toEqual({shares: ['lone'], consumers: [], keys: ['batch'], steps: 0})
  })

  it('knows only what the runbook has', () => {
    const misspelt = () => scopeOf(RUNBOOK, {targets: ['wbe'], only: []})
    expect(misspelt).toThrow(expect.objectContaining({code: 'VN-USAGE', message: 'The runbook has no VCH "wbe".'}))
    expect(() => scopeOf(RUNBOOK, {targets: [], only: ['x']})).toThrow(expect.objectContaining({code: 'VN-USAGE'}))
  })
})

describe('the hash of a runbook', () => {
  it('changes with what it says, and neither with its name nor with a secret', () => {
    const hash = hashRunbook(RUNBOOK)
    const secret = {...STEP, run: ['ssh', 'host', 'token-2'], env: {TOKEN: 'token-2'}, secrets: ['token-2']}
    expect(hashRunbook({...RUNBOOK, file: 'b.yaml'})).toBe(hash)
    expect(hashRunbook({...RUNBOOK, steps: [secret]})).toBe(hash)
    expect(hashRunbook({...RUNBOOK, steps: [{...STEP, run: ['ssh', 'other', 'token-1']}]})).not.toBe(hash)
    expect(hashRunbook({...RUNBOOK, shares: RUNBOOK.shares.slice(1)})).not.toBe(hash)
  })
})

describe('lanes', () => {
  it('show their small steps as progress of their own step, and their long ones as steps', () => {
    const seen: WorkEvent[] = []
    const lane = {key: 'web', id: 'stores/web', shown: new Set(['configure'])}
    const onEvent = laneEvents((event) => seen.push(event), lane)
    onEvent({type: 'step.started', id: 'rules', title: 'Check'})
    onEvent({type: 'step.started', id: 'configure', title: 'Configure'})
    onEvent({type: 'step.progress', id: 'preflight', text: 'rung by rung'})
    onEvent({type: 'note', level: 'warning', text: 'careful'})
    expect(seen).toEqual([
      {type: 'step.progress', id: 'stores/web', text: 'web: Check'},
      {type: 'step.started', id: 'web/configure', title: 'web: Configure'},
      {type: 'note', level: 'warning', text: 'web: careful'},
    ])
  })

  it('are announced, and the end of them, too', async () => {
    const seen: string[] = []
    const steps = [1, 2].map((item) => ({id: `s/${item}`, title: `S ${item}`, item}))
    await eachPlanned(steps, {limit: 1, onEvent: ({type}) => seen.push(type)}, async ({id}) => void seen.push(id))
    expect(seen).toEqual(['steps.planned', 's/1', 's/2', 'steps.over'])
  })

  it('of a VCH cut the undo of the shares that it depends on, and of no other (S4)', async () => {
    const undone: string[] = []
    const open = await Promise.all(
      ['vch', 'its', 'other'].map(async (name) => {
        const lane = openWork()
        const undo = () => Promise.resolve(void undone.push(name))
        await lane.work.step('make', 'Make', async (step) => {
          step.undo('take back', undo)
        })
        return lane
      }),
    )
    const [vch, its] = open
    cuttingWith(vch!.work, [its!.work]).cutUndo('configure has been started')
    for (const lane of open) await lane.unwind()
    expect(undone).toEqual(['other'])
  })
})

describe('a recap', () => {
  const error = (code: 'VN-HALF-DONE' | 'VN-ROLLED-BACK' | 'VN-OTHER-CONSUMER', message: string) =>
    recapError(new VicnfsError(code, message, {recovery: code === 'VN-HALF-DONE' ? ['power it on'] : []}))
  const recapOf = (vchs: readonly {key: string; code?: 'VN-HALF-DONE' | 'VN-ROLLED-BACK' | 'VN-OTHER-CONSUMER'}[]) => {
    const entries = {
      shares: [{key: 's', vch: 'storage', outcome: 'created' as const}],
      stores: [],
      vchs: vchs.map(({key, code}) => ({
        key,
        outcome: code === undefined ? ('changed' as const) : ('failed' as const),
        powerCycles: 1,
        ...(code === undefined ? {} : {error: error(code, `${key} is stuck.`)}),
      })),
    }
    return {runbook: 'a.yaml', ...entries, steps: [], counts: countEntries(entries, 5), timings: []}
  }

  it('has the exit code that tells most: 8, 6, 5, 4, 1, and 3 only where everything was a refusal', () => {
    expect(worstExitCode([1, 3, 6, 8, 5])).toBe(8)
    expect(worstExitCode([3, 5, 4, 6])).toBe(6)
    expect(worstExitCode([3, 4, 5])).toBe(5)
    expect(worstExitCode([1, 4])).toBe(4)
    expect(worstExitCode([3, 1])).toBe(1)
    expect(worstExitCode([3, 3])).toBe(3)
  })

  it('amounts to no error, or to one with the worst first and the way out', () => {
    expect(failureOf(recapOf([{key: 'web'}]), {command: ['x']})).toBeUndefined()
    const failure = failureOf(
      recapOf([
        {key: 'web', code: 'VN-ROLLED-BACK'},
        {key: 'batch', code: 'VN-HALF-DONE'},
      ]),
      {
        command: ['vicnfs', 'runbook', 'apply', 'a.yaml'],
      },
    )
    expect(failure).toMatchObject({code: 'VN-RUNBOOK-FAILED', exitCode: 8, recovery: ['power it on']})
    expect(failure?.reason).toMatch(/^batch is stuck\./)
    expect(failure?.tries).toEqual(['vicnfs runbook apply a.yaml'])
    const refused = failureOf(recapOf([{key: 'web', code: 'VN-OTHER-CONSUMER'}]), {command: ['x']})
    expect(refused).toMatchObject({code: 'VN-RUNBOOK-REFUSED', exitCode: 3})
  })
})
