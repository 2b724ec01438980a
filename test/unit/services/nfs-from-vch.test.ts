import {describe, expect, it} from '@jest/globals'
import {runWork} from '../../../src/engine/work.js'
import {nfsFromVch} from '../../../src/services/share-check/nfs-from-vch.js'
import {fakeWorld} from './fake-adapters.js'

const PLACE = {host: '10.0.0.9', path: '/x', uid: 0, gid: 0}

describe('where a share is looked at from', () => {
  it('is asked again after a look that was broken off', async () => {
    const {adapters} = fakeWorld({stores: [], online: []})
    let looks = 0
    const preflight = () =>
      (looks += 1) === 1 ? Promise.reject(new Error('broken off')) : Promise.resolve({passed: true, rungs: []})
    const world = {...adapters, nfs: {preflight}} as unknown as typeof adapters
    const {signal} = new AbortController()
    await runWork(async (work) => {
      const nfs = nfsFromVch(world, {image: 'x', work})
      await expect(nfs.standpoint?.(PLACE, {signal})).rejects.toThrow('broken off')
      expect([await nfs.standpoint?.(PLACE, {signal}), await nfs.standpoint?.(PLACE, {signal})]).toEqual([
        'here',
        'here',
      ])
    })
    expect(looks).toBe(2)
  })
})
