import {rm} from 'node:fs/promises'
import {afterEach, beforeEach, describe, expect, it} from '@jest/globals'

import type {VicnfsError} from '../../../../src/model/vicnfs-error.js'
import type {Runbook, RunbookStep} from '../../../../src/runbook/runbook.js'
import {applyRunbook, type ApplyRunbookOptions} from '../../../../src/services/runbook/apply-runbook.js'
import {planRunbook} from '../../../../src/services/runbook/plan-runbook.js'
import {failureOf, type RunbookRecap} from '../../../../src/services/runbook/recap.js'
import {journalProof} from '../../../../src/services/verification/proof-journal.js'
import {endpointKey} from '../../../../src/services/vch-lock.js'
import {fakeRunbook, fakeRunbookWorld, fakeShare, type FakeRunbookWorld} from '../../../helpers/fake-runbook-world.js'
import {makeTempDirectory} from '../../../helpers/temp-directory.js'

const KEYS = ['storage', 'depot', 'web', 'batch']
const CONSENTS = {
  allowSelfHosted: false,
  addressReserved: false,
  adoptStore: false,
  resetProgress: false,
  noRollback: false,
}
const SCOPE = {targets: [], only: []}
const ONE_EACH = [fakeShare('one', 'storage', ['web']), fakeShare('two', 'storage', ['batch'])]

let directory: string
let world: FakeRunbookWorld

beforeEach(async () => {
  directory = await makeTempDirectory()
  world = await fakeRunbookWorld(directory, KEYS)
})
afterEach(() => rm(directory, {recursive: true}))

const apply = (
  runbook: Runbook,
  options: Partial<ApplyRunbookOptions> = {},
  signal = new AbortController().signal,
): Promise<RunbookRecap> => {
  const usual = {scope: SCOPE, consents: CONSENTS, recreate: false, parallel: 4, keepGoing: false, command: ['again']}
  return applyRunbook({...usual, ...options, runbook}, world.adapters, {signal})
}
const configured = (): string[] => world.did.filter((what) => what.endsWith(': configure'))
const containers = (key: string): string[] => [...world.vchs[key]!.containers.values()].map(({name}) => name).sort()
const vchsOf = (recap: RunbookRecap): string[] => recap.vchs.map(({key, outcome}) => `${key} ${outcome}`)

describe('a canary', () => {
  it('whose proof fails keeps every other VCH from being touched, also with --keep-going; without one they are', async () => {
    const runbook = fakeRunbook(KEYS, ONE_EACH, true)
    // No container of this world says what the other wrote, so that each proof fails.
    const recap = await apply(runbook, {canary: 'batch', keepGoing: true})
    expect(configured()).toEqual(['batch: configure'])
    expect(vchsOf(recap)).toEqual(['web not-reached', 'batch changed'])
    expect(recap.stores.map(({label, proof}) => [label, proof])).toEqual([
      ['one-store', undefined],
      ['two-store', 'failed'],
    ])
    expect(failureOf(recap, {command: []})).toMatchObject({exitCode: 5})
    await apply(runbook, {keepGoing: true})
    expect(configured()).toEqual(['batch: configure', 'web: configure'])
  })

  it('goes through the steps around its proof once, after those before all proofs, and so does everybody', async () => {
    const always = (name: string, when: 'before' | 'after', vch?: string): RunbookStep => ({
      ...{name, when, phase: 'verify', run: [process.execPath, '-e', ''], env: {}, secrets: [], timeoutMs: 60_000},
      ...{runs: name.startsWith('rig') ? 'changed' : 'always', ...(vch === undefined ? {} : {vch})},
    })
    const steps = [
      ...[always('rig up', 'before'), always('rig down', 'after'), always('all', 'before')],
      ...[always('before batch', 'before', 'batch'), always('after batch', 'after', 'batch')],
      always('before web', 'before', 'web'),
    ]
    const runbook = {...fakeRunbook(KEYS, ONE_EACH, true), steps}
    // As if the proofs were done: the world has no containers that could.
    for (const [label, vch] of [
      ['one-store', 'web'],
      ['two-store', 'batch'],
    ] as const) {
      const {journal, consumer} = world.adapters.one(vch)
      const store = {label, volume: 'any', keys: [endpointKey(consumer.endpoint)]}
      world.vchs[vch]!.during = () => journalProof(journal, store, () => Promise.resolve())
    }
    const recap = await apply(runbook, {canary: 'batch'})
    expect(recap.steps.map(({name, outcome}) => `${name}: ${outcome}`)).toEqual([
      'rig up: done',
      'all: done',
      'before batch: done',
      'after batch: done',
      'before web: done',
      'rig down: done',
    ])
  })

  it('whose configure fails, too, and "first" is the first that gets stores', async () => {
    world.vchs['web']!.claim = 'refused'
    const recap = await apply(fakeRunbook(KEYS, ONE_EACH), {canary: 'first', keepGoing: true})
    expect(configured()).toEqual(['web: configure'])
    expect(vchsOf(recap)).toEqual(['web failed', 'batch not-reached'])
  })
})

describe('VCHs that fail side by side', () => {
  it('amount to exit code 8 when one is left half-done, whatever the others say, with its way out', async () => {
    Object.assign(world.vchs['batch']!, {claim: 'failed', comesBack: false})
    world.vchs['web']!.claim = 'refused'
    const consents = {...CONSENTS, noRollback: true}
    for (const key of ['web', 'batch']) Object.assign(world.adapters.one(key).limits, {vchTimeoutMs: 300})
    const recap = await apply(fakeRunbook(KEYS, ONE_EACH), {keepGoing: true, consents})
    expect(vchsOf(recap)).toEqual(['web failed', 'batch failed'])
    const failure = failureOf(recap, {command: ['again']})
    expect(failure).toMatchObject({code: 'VN-RUNBOOK-FAILED', exitCode: 8})
    expect(failure?.recovery).not.toEqual([])
    // The control: by itself the other one is less than that.
    const others = recap.vchs.filter(({key}) => key === 'web')
    expect(others[0]?.error?.exitCode).not.toBe(8)
    expect(containers('storage')).toEqual(['vicnfs-one', 'vicnfs-two'])
  })
})

describe('a store that is there already', () => {
  const more = [ONE_EACH[0]!, fakeShare('three', 'storage', ['web'])]
  const outcomes = ({stores}: RunbookRecap): string[] => stores.map(({label, outcome}) => `${label} ${outcome}`)
  beforeEach(() => apply(fakeRunbook(KEYS, more.slice(0, 1))))

  it('is unchanged when a new one beside it fails and the VCH is as before', async () => {
    world.vchs['web']!.claim = 'refused'
    const recap = await apply(fakeRunbook(KEYS, more))
    expect(failureOf(recap, {command: []})).toMatchObject({exitCode: 1})
    expect(outcomes(recap)).toEqual(['one-store unchanged', 'three-store failed'])
    expect(recap.counts).toMatchObject({changed: 1, unchanged: 2, failed: 1})
  })

  it('has failed with the VCH that is left half-done', async () => {
    Object.assign(world.vchs['web']!, {claim: 'failed', comesBack: false})
    Object.assign(world.adapters.one('web').limits, {vchTimeoutMs: 300})
    const recap = await apply(fakeRunbook(KEYS, more), {consents: {...CONSENTS, noRollback: true}})
    expect(outcomes(recap)).toEqual(['one-store failed', 'three-store failed'])
  })
})

describe('a VCH with shares of two server VCHs', () => {
  it('is configured once', async () => {
    const shares = [fakeShare('one', 'storage', ['web']), fakeShare('two', 'depot', ['web'])]
    Object.assign(shares[1]!.request, {address: '10.9.0.200'})
    const recap = await apply(fakeRunbook(KEYS, shares))
    expect(recap.counts).toMatchObject({ok: 4, changed: 4, powerCycles: 1})
    expect(configured()).toEqual(['web: configure'])
    expect([containers('storage'), containers('depot')]).toEqual([['vicnfs-one'], ['vicnfs-two']])
    expect(world.vchs['web']!.stores.filter((store) => store.startsWith('nfs:'))).toHaveLength(2)
  })
})

describe('Ctrl-C', () => {
  it('while shares are brought up takes the servers back that were made, and no volume', async () => {
    const stop = new AbortController()
    const {server} = world.adapters.one('storage')
    const start = server.startContainer.bind(server)
    // Both wait for each other: the third share is not begun before one of them has ended.
    let bothStart: (() => void) | undefined
    const both = new Promise<void>((resolve) => (bothStart = resolve))
    let [waiting, started] = [0, 0]
    server.startContainer = async (id, options) => {
      if ((waiting += 1) === 2) bothStart?.()
      await both
      await start(id, options)
      if ((started += 1) === 2) stop.abort()
    }
    const shares = ['a', 'b', 'c'].map((key) => fakeShare(key, 'storage', ['web']))
    const running = apply(fakeRunbook(KEYS, shares), {parallel: 2}, stop.signal)
    const error = await running.catch((thrown: unknown) => thrown as VicnfsError)
    const {recap} = (error as VicnfsError).details as {recap: RunbookRecap}
    expect((error as VicnfsError).code).toBe('VN-INTERRUPTED')
    expect(recap.shares.map(({key}) => key)).toEqual(['a', 'b', 'c'])
    expect(recap.counts).toMatchObject({ok: 0, failed: 0, notReached: 6, powerCycles: 0})
    expect(recap.timings.map(({title}) => title)).toContain('Share "a"')
    expect(world.did).toContain('storage: start vicnfs-a')
    expect(containers('storage')).toEqual([])
    expect([...world.vchs['storage']!.volumes.keys()].sort()).toEqual(['a', 'b'])
    expect(configured()).toEqual([])
  })

  it('during configures lets each of them end: no VCH is left to itself, every server stays', async () => {
    const stop = new AbortController()
    let [open, ended] = [0, 0]
    for (const key of ['web', 'batch']) {
      world.vchs[key]!.during = async () => {
        if ((open += 1) === 2) stop.abort()
        while (!stop.signal.aborted) await new Promise((resolve) => setImmediate(resolve))
        ended += 1
      }
    }
    await apply(fakeRunbook(KEYS, ONE_EACH), {}, stop.signal).catch(() => undefined)
    expect([ended, configured().sort()]).toEqual([2, ['batch: configure', 'web: configure']])
    expect(containers('storage')).toEqual(['vicnfs-one', 'vicnfs-two'])
    // The next run finds everything done, and nothing to settle.
    const again = await apply(fakeRunbook(KEYS, ONE_EACH))
    expect(again.counts).toMatchObject({ok: 4, changed: 0, powerCycles: 0})
  })
})

describe('the server of a share that a VCH lists', () => {
  const lost = async (stores: string[]): Promise<string[]> => {
    world.vchs['web']!.stores.push(...stores)
    const share = fakeShare('one', 'storage', ['web'])
    Object.assign(share.request, {address: '10.9.0.77'})
    world.vchs['storage']!.mountable = false
    const recap = await apply(fakeRunbook(KEYS, [share]))
    expect(recap.shares[0]?.error?.code).toBe('VN-NFS-NOT-READY')
    return containers('storage')
  }

  it('is not taken back when it does not serve yet (S4)', async () => {
    expect(await lost(['nfs://10.9.0.77/exports/one?uid=0&gid=0:one-store'])).toEqual(['vicnfs-one'])
  })

  it('is the only one that is kept: that of a share that nobody lists is', async () => {
    expect(await lost([])).toEqual([])
  })
})

describe('a saved plan', () => {
  const planned = (runbook: Runbook) =>
    planRunbook({runbook, scope: SCOPE, consents: CONSENTS, recreate: false, sealed: true}, world.adapters, {})
  const drain = (host: string): Runbook => {
    const step = {name: 'drain', when: 'before', phase: 'shares', timeoutMs: 60_000, runs: 'changed'} as const
    const runbook = fakeRunbook(KEYS, ONE_EACH)
    return {...runbook, steps: [{...step, run: [process.execPath, '--version', host], env: {}, secrets: [host]}]}
  }

  it('is refused when somebody else has made a volume that it would make, and done when it was the plan itself', async () => {
    const runbook = fakeRunbook(KEYS, ONE_EACH)
    const saved = await planned(runbook)
    const {server} = world.adapters.one('storage')
    await server.createVolume({name: 'one'}, {})
    await expect(apply(runbook, {saved})).rejects.toMatchObject({
      code: 'VN-PLAN-STALE',
      reason: expect.stringContaining('the volume of the share "one" is there, and nothing') as unknown,
    })
    expect(containers('storage')).toEqual([])
    world.vchs['storage']!.volumes.delete('one')
    // One that was cut off between the volume and its server goes on.
    world.vchs['storage']!.mountable = false
    const cut = await apply(runbook, {saved, parallel: 1})
    expect(cut.counts.failed).toBe(1)
    world.vchs['storage']!.mountable = true
    expect([...world.vchs['storage']!.volumes.keys()]).toContain('one')
    expect((await apply(runbook, {saved})).counts).toMatchObject({ok: 4, failed: 0})
  })

  it('is refused when a variable in a command stands for something else, which no plan shows', async () => {
    const saved = await planned(drain('web-17.example.com'))
    expect(JSON.stringify(saved)).not.toContain('web-17')
    await expect(apply(drain('web-18.example.com'), {saved})).rejects.toMatchObject({
      code: 'VN-PLAN-STALE',
      reason: expect.stringContaining('a variable in the command of the step "drain"') as unknown,
    })
    expect(world.did).toEqual([])
    expect((await apply(drain('web-17.example.com'), {saved})).steps).toMatchObject([{outcome: 'done'}])
  })
})

describe('a plan', () => {
  it('waits for no apply: it says what it sees, and that a change is not settled', async () => {
    const notes: string[] = []
    let plan: Awaited<ReturnType<typeof planRunbook>> | undefined
    world.vchs['web']!.during = async () => {
      const options = {runbook: fakeRunbook(KEYS, ONE_EACH), scope: SCOPE, consents: CONSENTS, recreate: false}
      plan = await planRunbook(options, world.adapters, {
        onEvent(event) {
          if (event.type === 'note') notes.push(event.text)
        },
      })
    }
    await apply(fakeRunbook(KEYS, ONE_EACH), {parallel: 1})
    expect(plan?.shares.map(({mark}) => mark)).toEqual(['keep', 'keep'])
    expect(notes.join()).toContain('web: an earlier run began a change that is not settled (configure)')
    expect(configured()).toHaveLength(2)
  })
})
