import {describe, expect, it} from '@jest/globals'

import {runWork} from '../../../../src/engine/work.js'
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
})
