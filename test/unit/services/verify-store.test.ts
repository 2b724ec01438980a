import {afterEach, beforeEach, describe, expect, it} from '@jest/globals'
import {rm} from 'node:fs/promises'

import {parkedLabels} from '../../../src/model/share.js'
import {VicnfsError} from '../../../src/model/vicnfs-error.js'
import {verifyStore} from '../../../src/services/verify-store.js'
import {fakeWorld, shareRequest, type FakeWorld} from '../../helpers/fake-world.js'
import {record} from '../../helpers/status-world.js'
import {makeTempDirectory} from '../../helpers/temp-directory.js'

let directory: string
let world: FakeWorld

beforeEach(async () => {
  directory = await makeTempDirectory()
  world = fakeWorld(directory)
  world.stores.push('nfs://10.9.0.2/x?uid=0&gid=0:nfs')
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

describe('the store of a parked share', () => {
  const prove = () => verifyStore({label: 'nfs', image: 'image:1', requireNonRoot: false}, world.adapters, {})
  const park = async (label: string): Promise<void> => {
    const request = shareRequest({name: 'x', exportFolder: '/x'})
    const choice = {network: 'storage-net', external: true, address: '10.9.0.2', ownAddress: null}
    const labels = parkedLabels(request, choice, [{folder: '', record: record(label, '/x')}])
    await world.adapters.server.createContainer({name: 'vicnfs-x', image: 'image:1', labels}, {})
    world.did.length = 0
  }
  const refused = {code: 'VN-PARKED', exitCode: 3, tries: [expect.stringMatching(/^vicnfs expose-volume x /)]}

  it('is not proven: nothing is made on the empty server', async () => {
    await park('another label')
    await expect(prove()).rejects.toMatchObject(refused)
    expect(world.did).toEqual([])
  })

  it('is known by the label of the parked server where vic-machine is not set', async () => {
    Object.assign(world.adapters, {hasVicMachine: false, canAskVicMachine: false})
    await park('nfs')
    await expect(prove()).rejects.toMatchObject(refused)
    // The controls: one of another VCH, and a server VCH that does not answer.
    Object.assign(world.adapters, {sameEndpoint: () => Promise.resolve(false)})
    await expect(prove()).rejects.toMatchObject({code: 'VN-VERIFY-FAILED'})
    const listContainers = () => Promise.reject(new VicnfsError('VN-VCH-UNREACHABLE', 'It refuses.'))
    Object.assign(world.adapters, {server: {...world.adapters.server, listContainers}})
    await expect(prove()).rejects.toMatchObject({code: 'VN-VERIFY-FAILED'})
  })
})

describe('a plain Docker Engine', () => {
  it('has no volume stores', async () => {
    const {consumer} = world.adapters
    const info = async () => ({...(await consumer.info({})), kind: 'docker-engine' as const})
    Object.assign(world.adapters, {consumer: {...consumer, info}})
    const proof = verifyStore({label: 'nfs', image: 'image:1', requireNonRoot: false}, world.adapters, {})
    await expect(proof).rejects.toMatchObject({code: 'VN-NOT-A-VCH', exitCode: 3})
    expect(world.did).toEqual([])
  })
})

describe('a proof whose container never ends', () => {
  const prove = () => verifyStore({label: 'nfs', image: 'image:1', requireNonRoot: false}, world.adapters, {})

  it('has a limit, after which it has failed and is cleaned up', async () => {
    const limits: unknown[] = []
    Object.assign(world.adapters.consumer, {
      waitContainer(_id: string, options: {timeoutMs?: number}) {
        limits.push(options.timeoutMs)
        return Promise.reject(new VicnfsError('VN-VCH-TIMEOUT', 'It did not answer.'))
      },
    })
    const message = expect.stringMatching(/^The container "vicnfs-proof-.*-a" has not ended within 5\.0 s, so/)
    await expect(prove()).rejects.toMatchObject({code: 'VN-VERIFY-FAILED', exitCode: 5, message})
    expect(limits).toEqual([world.adapters.limits.readyTimeoutMs])
    expect([world.containers.size, world.volumes.size]).toEqual([0, 0])
  })

  it('keeps nothing else from being removed when it cannot be removed itself', async () => {
    const {consumer} = world.adapters
    const remove = {...consumer}
    const removed: string[] = []
    let stuck: () => void = () => undefined
    Object.assign(consumer, {
      async removeContainer(id: string) {
        // The first one hangs until the other one is gone.
        if (id.endsWith('-a')) await new Promise<void>((resolve) => (stuck = resolve))
        removed.push(id.slice(-1))
        await remove.removeContainer(id)
        stuck()
      },
      waitContainer: (id: string) => Promise.resolve(id.endsWith('-b') ? 1 : 0),
    })
    await expect(prove()).rejects.toMatchObject({code: 'VN-VERIFY-FAILED'})
    expect(removed).toEqual(['n', 'b', 'a'])
  })
})

describe('a VCH that gives no answer about a volume of the store', () => {
  it('has failed the proof, and not the time limit of a run that has changed nothing', async () => {
    const timeout = () => Promise.reject(new VicnfsError('VN-VCH-TIMEOUT', 'It did not answer.'))
    Object.assign(world.adapters.consumer, {createVolume: timeout})
    const wish = {label: 'nfs', image: 'image:1', requireNonRoot: false}
    await expect(verifyStore(wish, world.adapters, {})).rejects.toMatchObject({code: 'VN-VERIFY-FAILED', exitCode: 5})
  })
})
