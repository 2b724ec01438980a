import {describe, expect, it} from '@jest/globals'

import {planLines} from '../../../src/model/runbook-plan-lines.js'
import {whatChanged} from '../../../src/model/runbook-plan-changes.js'
import {parsePlan} from '../../../src/model/runbook-plan-file.js'
import type {PlannedShare, PlannedVch, RunbookPlan} from '../../../src/model/runbook-plan.js'

const URL = 'nfs://10.9.0.2/exports/data?uid=0&gid=0'

const VOLUME = {store: 'default', capacityMb: 1024}
const SEEN = {volume: VOLUME, noted: 'e1'}

const SHARE: PlannedShare = {
  key: 'data',
  vch: 'storage',
  volume: 'data',
  mark: 'add',
  what: 'make the volume, start a server container',
  url: URL,
  command: 'vicnfs expose-volume data',
  seen: {volume: null, noted: null, server: null},
}
const VCH: PlannedVch = {
  key: 'web',
  name: 'web',
  id: 'vm-7',
  stores: [{label: 'store', mark: 'add', url: URL, share: 'data'}],
  command: 'vic-machine configure',
  powerCycles: 1,
  seen: ['ds://datastore1/volumes:default'],
}
const PLAN: RunbookPlan = {
  schemaVersion: 1,
  kind: 'vicnfs-runbook-plan',
  file: '/runbooks/shares.yaml',
  hash: 'abc',
  scope: {targets: [], only: []},
  shares: [SHARE],
  vchs: [VCH],
  steps: [],
  refusals: [],
  pending: true,
}

const withShare = (share: Partial<PlannedShare>): RunbookPlan => ({...PLAN, shares: [{...SHARE, ...share}]})
const withVch = (vch: Partial<PlannedVch>): RunbookPlan => ({...PLAN, vchs: [{...VCH, ...vch}]})
const server = (id: string, running = true) => ({id, running, address: '10.9.0.2'})
const KEPT = [{label: 'store', mark: 'keep', url: URL, share: 'data'}] as const

describe('what changed since a plan was made', () => {
  it('is nothing where nothing changed, and where the plan itself was done in part or whole', () => {
    expect(whatChanged(PLAN, PLAN)).toEqual([])
    const made = withShare({mark: 'keep', seen: {volume: VOLUME, noted: 'e1', server: server('c1')}})
    expect(whatChanged(PLAN, made)).toEqual([])
    const registered = withVch({stores: KEPT, seen: [...(VCH.seen ?? []), `${URL}:store`], powerCycles: 0})
    expect(whatChanged(PLAN, registered)).toEqual([])
  })

  it.each([
    ['the runbook', {...PLAN, hash: 'def'}, 'the runbook says something else now'],
    [
      'a store of somebody else',
      withVch({seen: [...(VCH.seen ?? []), 'nfs://h/x?uid=0&gid=0:theirs']}),
      'lists the store "theirs"',
    ],
    ['a store that is gone', withVch({seen: []}), 'no longer lists the store "default"'],
    ['another VCH of that name', withVch({id: 'vm-8'}), 'another one (vm-7, now vm-8)'],
    ['another address', withShare({url: 'nfs://10.9.0.3/exports/data?uid=0&gid=0'}), 'would be at nfs://10.9.0.3/'],
    [
      'more to add',
      withVch({stores: [...VCH.stores, {...KEPT[0], label: 'more', mark: 'add'}]}),
      '"more" would be added',
    ],
  ])('is said of %s', (_what, fresh, words) => {
    expect(whatChanged(PLAN, fresh)).toEqual([expect.stringContaining(words)])
  })

  it.each([
    ['is gone', withShare({mark: 'add', seen: {...SEEN, server: null}}), 'is gone'],
    ['is another one', withShare({mark: 'keep', seen: {...SEEN, server: server('c2')}}), 'is another one'],
    ['has stopped', withShare({mark: 'change', seen: {...SEEN, server: server('c1', false)}}), 'has stopped'],
    [
      'has lost its volume',
      withShare({mark: 'keep', seen: {...SEEN, volume: null, server: server('c1')}}),
      'the volume of',
    ],
  ])('is said of a server container that was running and %s', (_what, fresh, words) => {
    const saved = withShare({mark: 'keep', seen: {...SEEN, server: server('c1')}})
    expect(whatChanged(saved, fresh)).toEqual([expect.stringContaining(words)])
  })

  const large = {store: 'default', capacityMb: 9999}
  it.each([
    ['made by nobody here', [null, null], [VOLUME, null], 'nothing on this machine has made it'],
    ['made by nobody here since', [null, 'e1'], [VOLUME, 'e1'], 'nothing on this machine has made it'],
    ['made elsewhere, the plan, too', [null, 'e1'], [VOLUME, null], 'nothing on this machine has made it'],
    ['made here', [null, null], [VOLUME, 'e1'], undefined],
    ['of another size', [VOLUME, 'e1'], [large, 'e1'], 'is another one'],
    ['removed and made again here', [VOLUME, 'e1'], [VOLUME, 'e2'], 'is another one'],
    ['looked at from a machine that did not make it', [VOLUME, 'e1'], [VOLUME, null], undefined],
    ['looked at from the machine that made it', [VOLUME, null], [VOLUME, 'e1'], undefined],
    ['gone', [VOLUME, 'e1'], [null, 'e1'], 'is gone'],
  ] as const)('is said of a volume that is there and was %s', (_what, [had, before], [has, after], words) => {
    const saved = withShare({seen: {volume: had, noted: before, server: null}})
    const fresh = withShare({seen: {volume: has, noted: after, server: null}})
    expect(whatChanged(saved, fresh)).toEqual(words === undefined ? [] : [expect.stringContaining(words)])
  })

  it('is said of a command whose variables stand for something else, or nobody can tell', () => {
    const step = {name: 'drain', when: 'before', phase: 'stores', command: 'ssh ***', runs: true} as const
    const sealed = (seal: string | undefined, sealedBy = 'k1'): RunbookPlan => {
      return {...PLAN, steps: [{...step, ...(seal === undefined ? {} : {seal})}], sealedBy}
    }
    expect(whatChanged(sealed('a'), sealed('a'))).toEqual([])
    expect(whatChanged(sealed('a'), sealed('b'))).toEqual([expect.stringContaining('the step "drain" stands for')])
    expect(whatChanged(sealed(undefined), sealed('b'))).toEqual([
      expect.stringContaining('the step "drain" stands for'),
    ])
    expect(whatChanged(sealed('a', 'k2'), sealed('a'))).toEqual([expect.stringContaining('cannot be told')])
    expect(whatChanged(PLAN, PLAN)).toEqual([])
  })
})

describe('a saved plan', () => {
  it('reads back as it was', () => {
    expect(parsePlan(JSON.stringify(PLAN), 'plan.json')).toEqual(PLAN)
  })

  it.each([
    ['no JSON', '{'],
    ['another document', '{"kind":"other"}'],
    ['a plan without shares', JSON.stringify({...PLAN, shares: undefined})],
    ['a plan with an emptied share', JSON.stringify({...PLAN, shares: [null]})],
    ['a plan whose share was never looked at', JSON.stringify({...PLAN, shares: [{...SHARE, seen: undefined}]})],
    ['a plan whose VCH lost its stores', JSON.stringify({...PLAN, vchs: [{...VCH, stores: undefined}]})],
    [
      'a plan that does not say which volume there was',
      JSON.stringify({...PLAN, shares: [{...SHARE, seen: {server: null}}]}),
    ],
    ['a plan without steps', JSON.stringify({...PLAN, steps: undefined})],
    ['a plan for names that are none', JSON.stringify({...PLAN, scope: {targets: [1], only: []}})],
    ['one of a newer release', JSON.stringify({...PLAN, schemaVersion: 2})],
  ])('is refused when it is %s', (_what, text) => {
    expect(() => parsePlan(text, 'plan.json')).toThrow(expect.objectContaining({code: 'VN-PLAN-FILE'}))
  })
})

describe('the lines of a plan', () => {
  it('have marks, the exact command, the power-cycle and a summary', () => {
    expect(planLines(PLAN)).toEqual([
      'shares',
      `  + add  data on storage  ${URL}  make the volume, start a server container`,
      'VCH web: one power-cycle',
      `  + add  store  ${URL}`,
      '  vic-machine configure',
      '1 share to make, 1 store to add, 1 power-cycle',
    ])
  })

  it('say that there is nothing to do', () => {
    const done = {...PLAN, shares: [], vchs: [], pending: false}
    expect(planLines(done)).toEqual(['nothing to do: everything is as the runbook says'])
  })
})
