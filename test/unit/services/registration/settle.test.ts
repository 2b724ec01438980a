import {describe, expect, it} from '@jest/globals'

import {runWork} from '../../../../src/engine/work.js'
import type {WorkEvent} from '../../../../src/model/event.js'
import {isVicnfsError} from '../../../../src/model/vicnfs-error.js'
import {settleEarlierChanges} from '../../../../src/services/registration/settle.js'
import {fakeWorld, type FakeVch} from '../fake-adapters.js'

const BEFORE = ['ds://datastore1/volumes:default']
const NFS = 'nfs://10.0.0.9/x?uid=0&gid=0:nfs'
const AFTER = [...BEFORE, NFS]
const DATA = {
  storesBefore: BEFORE,
  storesAfter: AFTER,
  addedLabels: ['nfs'],
  addedStores: [NFS],
  retryAfterTimeout: false,
}

/** What became of an open change, by what the VCH shows: the states that the journal got, and the error. */
async function settled(fake: FakeVch, action = 'configure'): Promise<{states: unknown[]; code: string}> {
  const {adapters, vch, journal} = fakeWorld(fake)
  await journal.append({kind: 'intent', action, vch: {keys: vch.keys}, data: DATA})
  const consents = {resetProgress: false, noRollback: false}
  const code = await runWork((work) => settleEarlierChanges(adapters, vch, {work, consents})).then(
    () => 'settled',
    (error: unknown) => (isVicnfsError(error) ? error.code : String(error)),
  )
  return {states: journal.entries.filter((entry) => entry.kind === 'result').map((entry) => entry.data['state']), code}
}

const FOLDER = '/changes/0'

describe('a change that an earlier run began', () => {
  it('never started when its folder is empty', async () => {
    expect(await settled({stores: BEFORE, online: []})).toEqual({states: ['never-started'], code: 'settled'})
  })

  it('was refused when vic-machine said so', async () => {
    const ends = {[FOLDER]: {claim: 'refused'}} as const
    expect(await settled({stores: BEFORE, online: [], ends})).toEqual({states: ['refused'], code: 'settled'})
  })

  it.each(['completed', 'timed-out', 'failed'] as const)(
    'has gone through when the VCH shows it, though vic-machine says %s',
    async (claim) => {
      const ends = {[FOLDER]: {claim}}
      expect(await settled({stores: AFTER, online: ['default', 'nfs'], ends})).toEqual({
        states: ['completed'],
        code: 'settled',
      })
    },
  )

  it('has gone through, too, when somebody has added a store since', async () => {
    const ends = {[FOLDER]: {}}
    const stores = [...AFTER, 'ds://datastore1/more:more']
    expect(await settled({stores, online: ['default', 'nfs', 'more'], ends})).toEqual({
      states: ['completed'],
      code: 'settled',
    })
  })

  it('had no effect when the VCH shows the stores as before, though vic-machine says completed', async () => {
    const ends = {[FOLDER]: {claim: 'completed'}} as const
    expect(await settled({stores: BEFORE, online: ['default'], ends})).toEqual({states: ['undone'], code: 'settled'})
  })

  it.each([
    [
      'had no effect when vic-machine was killed and the VCH stays as it was',
      {},
      {states: ['undone'], code: 'settled'},
    ],
    [
      'is half-done when vic-machine was killed and the VCH, as before at first, goes down',
      {looksUntilDown: 1},
      {states: [], code: 'VN-HALF-DONE'},
    ],
  ])('%s', async (_what, more, expected) => {
    const ends = {[FOLDER]: {claim: 'vanished'}} as const
    expect(await settled({stores: BEFORE, online: ['default'], ends, ...more})).toEqual(expected)
  })

  it('is half-done while the store is configured and not online, and nothing is rolled back without consent', async () => {
    const ends = {[FOLDER]: {claim: 'completed'}} as const
    expect(await settled({stores: AFTER, online: ['default'], ends})).toEqual({states: [], code: 'VN-STORE-NOT-ONLINE'})
  })

  it('is over for a reset, however it ended', async () => {
    const ends = {[FOLDER]: {claim: 'timed-out'}} as const
    expect(await settled({stores: BEFORE, online: [], ends}, 'reset-progress')).toEqual({
      states: ['completed'],
      code: 'settled',
    })
  })

  it('is none of ours to settle when it is no change of the VCH', async () => {
    expect(await settled({stores: BEFORE, online: []}, 'volume-create')).toEqual({states: [], code: 'settled'})
  })
})

describe('the mark of a change in progress', () => {
  const warnings = async (fake: Partial<FakeVch>): Promise<string[]> => {
    const {adapters, vch} = fakeWorld({stores: BEFORE, online: ['default'], ...fake})
    const told: string[] = []
    const onEvent = (event: WorkEvent): void => {
      if (event.type === 'note' && event.level === 'warning') told.push(event.text)
    }
    const consents = {resetProgress: true, noRollback: false}
    await runWork((work) => settleEarlierChanges(adapters, vch, {work, consents}), {onEvent})
    return told
  }

  it('is cleared as the operator asked for, and a vic-machine that does not do it is no success', async () => {
    expect(await warnings({})).toEqual([])
    const refused = {claim: 'refused', errorLines: ['Failed to connect to vCenter']} as const
    expect(await warnings({startEnds: {'reset-progress': refused}})).toEqual([
      'The mark of a change in progress on "vch1" may still be set: Failed to connect to vCenter',
    ])
  })
})

describe('a VCH that does not answer', () => {
  it('is left alone when no change of ours explains it', async () => {
    const {adapters, vch} = fakeWorld({stores: AFTER, online: [], isDown: true})
    const consents = {resetProgress: false, noRollback: false}
    await expect(runWork((work) => settleEarlierChanges(adapters, vch, {work, consents}))).rejects.toMatchObject({
      code: 'VN-VCH-DOWN',
      exitCode: 8,
      tries: ["vicnfs preflight 'nfs://10.0.0.9/x?uid=0&gid=0' --read-only"],
    })
  })
})
