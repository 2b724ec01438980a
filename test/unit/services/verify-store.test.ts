import {afterEach, beforeEach, describe, expect, it} from '@jest/globals'
import {rm} from 'node:fs/promises'

import {verifyStore} from '../../../src/services/verify-store.js'
import {fakeWorld, type FakeWorld} from '../../helpers/fake-world.js'
import {makeTempDirectory} from '../../helpers/temp-directory.js'

let directory: string
let world: FakeWorld

beforeEach(async () => {
  directory = await makeTempDirectory()
  world = fakeWorld(directory)
})
afterEach(() => rm(directory, {recursive: true}))

function left(name: string, ageMs: number): void {
  const started = new Date(Date.now() - ageMs).toISOString()
  const labels = {'vicnfs.role': 'verify', 'vicnfs.started': started}
  world.volumes.set(name, {name, driver: 'vsphere', labels})
}

describe('the sweep before a proof', () => {
  it('takes what is old or of this machine, and spares a proof of another machine', async () => {
    left('vicnfs-proof-old', 2 * 3_600_000)
    left('vicnfs-proof-alive', 60_000)
    left('vicnfs-proof-ours', 60_000)
    world.stores.push('nfs://10.9.0.2/x?uid=0&gid=0:nfs')
    const data = {label: 'nfs', volume: 'vicnfs-proof-ours'}
    const vch = {keys: ['endpoint:tcp://consumer:2376']}
    await world.adapters.journal.append({kind: 'intent', action: 'verify', vch, data})
    // The containers of this world say nothing, so the proof itself fails.
    const proof = verifyStore({label: 'nfs', image: 'image:1', requireNonRoot: false}, world.adapters, {})
    await expect(proof).rejects.toMatchObject({code: 'VN-VERIFY-FAILED'})
    expect([...world.volumes.keys()]).toEqual(['vicnfs-proof-alive'])
  })
})

describe('a store on a datastore', () => {
  it('is not proven: two containers after each other would share any volume', async () => {
    const proof = verifyStore({label: 'default', image: 'image:1', requireNonRoot: false}, world.adapters, {})
    await expect(proof).rejects.toMatchObject({code: 'VN-VERIFY-NOT-SHARED', exitCode: 2})
    expect(world.did).toEqual([])
  })
})
