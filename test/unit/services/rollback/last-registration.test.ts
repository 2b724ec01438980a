import {describe, expect, it} from '@jest/globals'

import {parseStoreArgument} from '../../../../src/model/volume-store.js'
import {planRollback, type RollbackPlan} from '../../../../src/services/rollback/last-registration.js'
import {fakeWorld} from '../fake-adapters.js'

const BEFORE = ['ds://datastore1/volumes:default']
const AFTER = [...BEFORE, 'nfs://10.0.0.9/x?uid=0&gid=0:nfs']

interface Deed {
  readonly action: string
  readonly state: string
  readonly retryAfterTimeout?: boolean
}

const CONFIGURED: Deed = {action: 'configure', state: 'completed'}

async function planAfter(
  deeds: readonly Deed[],
  options: {readonly stores?: readonly string[]; readonly vicVersion?: string} = {},
): Promise<RollbackPlan> {
  const {stores = AFTER, vicVersion = '1.5.8'} = options
  const {adapters, journal, vch} = fakeWorld({stores, online: [], vicVersion})
  for (const {action, state, retryAfterTimeout = false} of deeds) {
    const [storesBefore, storesAfter] = action === 'rollback' ? [AFTER, BEFORE] : [BEFORE, AFTER]
    const addedLabels = action === 'rollback' ? [] : ['nfs']
    const data = {storesBefore, storesAfter, addedLabels, addedStores: [], retryAfterTimeout}
    const of = await journal.append({kind: 'intent', action, vch: {keys: vch.keys}, data})
    await journal.append({kind: 'result', action, of, vch: {keys: vch.keys}, data: {state}})
  }
  return planRollback(adapters, vch, stores.map(parseStoreArgument))
}

const labels = (stores: RollbackPlan['gone']): string[] => stores.map(({label}) => label)

describe('planRollback', () => {
  it('lets the stores of our last configure go', async () => {
    const {gone, kept, isDone} = await planAfter([CONFIGURED])
    expect([labels(gone), labels(kept), isDone]).toEqual([['nfs'], ['default'], false])
  })

  it.each<[string, Deed[]]>([
    ['a rollback of ours', [CONFIGURED, {action: 'rollback', state: 'completed'}]],
    ['a configure that was mended', [{action: 'configure', state: 'rolled-back'}]],
    ['a configure without effect', [{action: 'configure', state: 'undone'}]],
    ['a rollback by hand', [CONFIGURED]],
  ])('has nothing to do after %s', async (_title, deeds) => {
    const {gone, kept, isDone} = await planAfter(deeds, {stores: BEFORE})
    expect([labels(gone), labels(kept), isDone]).toEqual([['nfs'], ['default'], true])
  })

  it.each<[string, Deed[], RegExp, {stores?: string[]; vicVersion?: string}]>([
    ['a release without rollback', [CONFIGURED], /VIC 1\.5\.2 has no working rollback/, {vicVersion: '1.5.2'}],
    ['an empty journal', [], /knows no configure/, {}],
    ['a retry', [{...CONFIGURED, retryAfterTimeout: true}], /came after one that timed out/, {}],
    ['a used snapshot', [CONFIGURED, {action: 'rollback', state: 'completed'}], /its snapshot is used up/, {}],
    ['a foreign configure', [CONFIGURED], /Somebody has configured/, {stores: [...AFTER, 'ds://d2/v:two']}],
  ])('refuses after %s', async (_title, deeds, why, options) => {
    await expect(planAfter(deeds, options)).rejects.toMatchObject({
      code: 'VN-NOT-REMOVABLE',
      reason: expect.stringMatching(why),
      tries: ['vicnfs history --vch vm-1'],
    })
  })
})
