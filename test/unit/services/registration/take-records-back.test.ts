import {once} from 'node:events'
import {describe, expect, it} from '@jest/globals'

import {runWork} from '../../../../src/engine/work.js'
import type {WorkEvent} from '../../../../src/model/event.js'
import {parseStoreArgument} from '../../../../src/model/volume-store.js'
import {takeRecordsBack} from '../../../../src/services/registration/take-records-back.js'
import {fakeWorld} from '../fake-adapters.js'

const GONE = parseStoreArgument('nfs://10.0.0.9/x?uid=0&gid=0:old')

/** The shares whose record was gone for, one after the other; none of them answers. */
async function triedAt(listed: readonly string[]): Promise<string[]> {
  const {adapters, vch} = fakeWorld({stores: listed, online: []})
  const tried: string[] = []
  const openShare = ({host, path}: {host: string; path: string}) => {
    tried.push(`${host}:${path}`)
    return Promise.reject(new Error('refused'))
  }
  const world = {...adapters, nfs: {openShare}} as unknown as typeof adapters
  const stores = listed.map(parseStoreArgument)
  await runWork((work) => takeRecordsBack(world, vch, {gone: [GONE], listed: stores, work}))
  return tried
}

describe('the record of a store that the VCH does not list', () => {
  it('is taken back', async () => {
    expect(await triedAt(['ds://datastore1/volumes:default', 'nfs://10.0.0.9/y:new'])).toEqual(['10.0.0.9:/x'])
  })

  it('stays when its place is listed under another label', async () => {
    expect(await triedAt(['nfs://10.0.0.9/x?uid=0&gid=0:new'])).toEqual([])
  })

  it.each([
    ['here', true],
    ['vch', false],
  ] as const)('has the time that a look from %s takes', async (standpoint, isOver) => {
    const {adapters, vch} = fakeWorld({stores: [], online: []})
    const seen: boolean[] = []
    const openShare = async (_: unknown, {signal}: {signal: AbortSignal}) => {
      // A timer that was set later and is not shorter: the limit of calls from this machine is over by then.
      await once(AbortSignal.timeout(1), 'abort')
      seen.push(signal.aborted)
      throw new Error('refused')
    }
    const limits = {...adapters.limits, stepTimeoutMs: 0, readyTimeoutMs: 60_000}
    const nfs = {openShare, standpoint: () => Promise.resolve(standpoint)}
    const world = {...adapters, limits, nfs} as unknown as typeof adapters
    await runWork((work) => takeRecordsBack(world, vch, {gone: [GONE], listed: [], work}))
    expect(seen).toEqual([isOver])
  })

  it('is left alone once the run is told to stop, without a word about a share that is not reachable', async () => {
    const {adapters, vch} = fakeWorld({stores: [], online: []})
    const stop = new AbortController()
    const [tried, notes]: [string[], string[]] = [[], []]
    const openShare = ({host}: {host: string}) => {
      tried.push(host)
      stop.abort()
      return Promise.reject(new Error('broken off'))
    }
    const world = {...adapters, nfs: {openShare}} as unknown as typeof adapters
    const onEvent = (event: WorkEvent): void => {
      if (event.type === 'note') notes.push(event.text)
    }
    const gone = [GONE, parseStoreArgument('nfs://10.0.0.10/x?uid=0&gid=0:older')]
    const run = runWork((work) => takeRecordsBack(world, vch, {gone, listed: [], work}), {signal: stop.signal, onEvent})
    await expect(run).rejects.toMatchObject({code: 'VN-INTERRUPTED'})
    expect([tried, notes]).toEqual([['10.0.0.9'], []])
  })
})
