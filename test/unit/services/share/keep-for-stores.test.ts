import {describe, expect, it} from '@jest/globals'

import {runWork} from '../../../../src/engine/work.js'
import {parseStoreArgument} from '../../../../src/model/volume-store.js'
import {keepForStores} from '../../../../src/services/share/keep-for-stores.js'
import {memoryJournal} from '../fake-adapters.js'

const ADDRESS = '10.9.0.2'

/** Whether a server container that was just made at the address is taken away when the run is told to stop there. */
async function isRemoved(host: string): Promise<boolean> {
  const stop = new AbortController()
  let removed = false
  const run = runWork(
    async (work) => {
      await work.step('create', 'Make it', async (step) => {
        step.undo('remove it', () => {
          removed = true
          return Promise.resolve()
        })
        stop.abort()
        const stores = [parseStoreArgument(`nfs://${host}/exports/data:x`)]
        await keepForStores(memoryJournal(), ADDRESS, {stores, work})
        throw new Error('told to stop')
      })
    },
    {signal: stop.signal},
  )
  await expect(run).rejects.toMatchObject({code: 'VN-INTERRUPTED'})
  return removed
}

describe('a server container of a run that is told to stop', () => {
  it('stays where a store lies at its address', async () => {
    expect(await isRemoved(ADDRESS)).toBe(false)
  })

  it('stays where a store may lie at its address, by a name that is not resolved any more', async () => {
    expect(await isRemoved('nas.invalid')).toBe(false)
  })

  it('the control: goes where every store lies at another address', async () => {
    expect(await isRemoved('10.9.0.3')).toBe(true)
  })
})
