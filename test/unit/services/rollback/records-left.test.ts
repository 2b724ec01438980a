import {describe, expect, it} from '@jest/globals'

import type {JournalRecord} from '../../../../src/journal/entry.js'
import {parseStoreArgument} from '../../../../src/model/volume-store.js'
import {recordsLeft} from '../../../../src/services/rollback/records-left.js'

const STORE = parseStoreArgument('nfs://10.0.0.9/x?uid=0&gid=0:nfs')
const vch = {keys: ['vm:vc/vm-1']}

type Deed = readonly [action: string, outcome?: string]

/** How many shares are to be looked at after these deeds, oldest first; one without an outcome was cut off. */
async function leftAfter(...deeds: readonly Deed[]): Promise<number> {
  const records = deeds.map(([action, outcome]) => {
    const intent = {action, vch, data: {place: {host: '10.0.0.9', path: '/x'}}}
    return {intent, ...(outcome === undefined ? {} : {result: {data: {outcome}}})} as unknown as JournalRecord
  })
  const left = await recordsLeft({history: () => Promise.resolve(records)}, vch, [STORE])
  return left.length
}

describe('recordsLeft', () => {
  it('counts a record that was written, or that a killed run may have written', async () => {
    expect(await leftAfter(['record-remove', 'done'], ['record-write', 'done'])).toBe(1)
    expect(await leftAfter(['record-remove', 'done'], ['record-write'])).toBe(1)
  })

  it('counts none that was taken off since, and none that was never written', async () => {
    expect(await leftAfter(['record-write', 'done'], ['record-remove', 'done'])).toBe(0)
    expect(await leftAfter(['record-write', 'done'], ['record-remove', 'done'], ['record-write', 'failed'])).toBe(0)
  })
})
