import {afterEach, beforeEach, describe, expect, it} from '@jest/globals'
import {rm} from 'node:fs/promises'

import {openJournal} from '../../../src/journal/journal.js'
import {LABELS} from '../../../src/model/share.js'
import {VicnfsError} from '../../../src/model/vicnfs-error.js'
import {exposeVolume} from '../../../src/services/expose-volume.js'
import type {ContainerRequest} from '../../../src/vch/vch-api.js'
import {fakeWorld, shareRequest, type FakeWorld} from '../../helpers/fake-world.js'
import {withoutRoute} from '../../helpers/no-route.js'
import {makeTempDirectory} from '../../helpers/temp-directory.js'

const CONSENTS = {
  allowSelfHosted: false,
  addressReserved: false,
  adoptStore: false,
  resetProgress: false,
  noRollback: false,
}

let directory: string
let world: FakeWorld

beforeEach(async () => {
  directory = await makeTempDirectory()
  world = fakeWorld(directory)
})
afterEach(() => rm(directory, {recursive: true}))

function expose(label?: string, parts: Parameters<typeof shareRequest>[0] = {}) {
  const volume = {name: 'nfs-vol', create: true}
  const register = label === undefined ? {} : {register: {label, consents: CONSENTS}}
  return exposeVolume({request: shareRequest(parts), volume, ...register}, world.adapters, {})
}

type Create = (request: ContainerRequest) => Promise<string>

/** Has the server VCH make containers in another way. */
function creatingBy(how: (request: ContainerRequest, create: Create) => Promise<string>): void {
  const real = {...world.adapters.server}
  Object.assign(world.adapters.server, {
    createContainer: (request: ContainerRequest) => how(request, (each) => real.createContainer(each)),
  })
}

describe('a refusal', () => {
  it('comes before the volume is made, when the label is taken', async () => {
    await expect(expose('default')).rejects.toMatchObject({code: 'VN-PLAN-REFUSED'})
    expect(world.did).toEqual([])
  })

  it('comes before the volume is made, when consent is missing', async () => {
    world.consents = false
    await expect(expose('nfs-store')).rejects.toMatchObject({code: 'VN-CONSENT-MISSING'})
    expect(world.did).toEqual(['confirm'])
  })

  it('comes before consent is asked for, when there is no volume and none is to be made', async () => {
    const options = {request: shareRequest(), volume: {name: 'nfs-vol', create: false}}
    const register = {label: 'nfs-store', consents: CONSENTS}
    await expect(exposeVolume({...options, register}, world.adapters, {})).rejects.toMatchObject({
      code: 'VN-SHARE-NO-VOLUME',
    })
    expect(world.did).toEqual([])
  })
})

describe('a server VCH whose port layer does not answer', () => {
  it('is left alone', async () => {
    const info = await world.adapters.server.info({})
    Object.assign(world.adapters.server, {info: () => Promise.resolve({...info, running: false})})
    await expect(expose()).rejects.toMatchObject({code: 'VN-VCH-NOT-RUNNING', exitCode: 1})
    expect(world.did).toEqual([])
    Object.assign(world.adapters.server, {info: () => Promise.resolve(info)})
    await expect(expose()).resolves.toMatchObject({outcome: 'created'})
  })
})

describe('consent', () => {
  it('is asked for once, before anything is made', async () => {
    // The proof needs containers that run; here it fails, which is after the registration.
    await expect(expose('nfs-store')).rejects.toMatchObject({code: 'VN-VERIFY-FAILED'})
    expect(world.did.filter((each) => each === 'confirm')).toHaveLength(1)
    expect(world.did[0]).toBe('confirm')
    expect(world.did).toContain('configure')
  })
})

describe('the image of the proof', () => {
  it('is on the consumer VCH before configure', async () => {
    await expect(expose('nfs-store')).rejects.toMatchObject({code: 'VN-VERIFY-FAILED'})
    const pull = world.did.indexOf('pull vicnfs/server:1 on consumer')
    expect(pull).toBeGreaterThan(world.did.indexOf('confirm'))
    expect(pull).toBeLessThan(world.did.indexOf('configure'))
  })
})

describe('another machine with the same share', () => {
  let elsewhere: string

  beforeEach(async () => {
    elsewhere = await makeTempDirectory()
  })
  afterEach(() => rm(elsewhere, {recursive: true}))

  /** The same command from another state directory, with consent given beforehand; its proof fails, as all here do. */
  async function exposeElsewhere(): Promise<void> {
    const adapters = {...world.adapters, journal: openJournal(elsewhere), stateDirectory: elsewhere}
    const options = {request: shareRequest(), volume: {name: 'nfs-vol', create: true}}
    const confirm = () => Promise.resolve()
    const register = {label: 'nfs-store', consents: CONSENTS}
    const run = exposeVolume({...options, register}, {...adapters, confirm}, {})
    await expect(run).rejects.toMatchObject({code: 'VN-VERIFY-FAILED'})
  }

  function whileAsked(what: () => Promise<void>): void {
    let asked = false
    Object.assign(world.adapters, {
      async confirm() {
        if (!asked) await what()
        asked = true
      },
    })
  }

  it('that was quicker while consent was asked for keeps its server container, which is adopted', async () => {
    whileAsked(exposeElsewhere)
    await expect(expose('nfs-store')).rejects.toMatchObject({code: 'VN-VERIFY-FAILED'})
    expect(world.did.filter((each) => each === 'create vicnfs-nfs-vol')).toHaveLength(1)
    expect(world.did.filter((each) => each === 'configure')).toHaveLength(1)
    expect(world.did).not.toContain('remove vicnfs-nfs-vol')
  })

  it('that made it with other settings meanwhile is refused in the ordinary way', async () => {
    whileAsked(exposeElsewhere)
    await expect(expose('nfs-store', {uid: 1000, gid: 1000})).rejects.toMatchObject({code: 'VN-SHARE-DIFFERS'})
    expect(world.did).not.toContain('remove vicnfs-nfs-vol')
  })

  it('that takes the name in the very moment of the create keeps its server container', async () => {
    creatingBy(async (request, create) => {
      await create({...request, labels: {...request.labels, [LABELS.run]: 'of-another-machine'}})
      return create(request)
    })
    await expect(expose()).rejects.toMatchObject({code: 'VN-VCH-NAME-TAKEN'})
    expect([...world.containers.values()].map((each) => each.name)).toEqual(['vicnfs-nfs-vol'])
    expect(world.did).not.toContain('remove vicnfs-nfs-vol')
  })

  it('finds the server container unchanged, whoever made it', async () => {
    await expect(expose()).resolves.toMatchObject({outcome: 'created'})
    const adapters = {...world.adapters, journal: openJournal(elsewhere), stateDirectory: elsewhere}
    const volume = {name: 'nfs-vol', create: true}
    const again = await exposeVolume({request: shareRequest(), volume}, adapters, {})
    expect(again).toMatchObject({outcome: 'unchanged', unchanged: true})
  })
})

describe('a share that is served already', () => {
  it('is not said to be made or started', async () => {
    const titles: string[] = []
    const exposeAgain = () =>
      exposeVolume({request: shareRequest(), volume: {name: 'nfs-vol', create: true}}, world.adapters, {
        onEvent: (event) => {
          if (event.type === 'step.started' && ['create', 'start'].includes(event.id)) titles.push(event.title)
        },
      })
    await exposeAgain()
    expect(titles.splice(0)).toEqual(['Make the server container', 'Start the server container'])
    await expect(exposeAgain()).resolves.toMatchObject({outcome: 'unchanged'})
    expect(titles).toEqual(['Make sure that the server container is there', 'Make sure that the server container runs'])
  })
})

describe('a create request that was cut off', () => {
  it('has its container taken away again, when the VCH made it all the same', async () => {
    creatingBy(async (request, create) => {
      await create(request)
      throw new VicnfsError('VN-VCH-TIMEOUT', 'No answer came.')
    })
    await expect(expose()).rejects.toMatchObject({code: 'VN-VCH-TIMEOUT'})
    expect(world.containers.size).toBe(0)
  })
})

describe('the address of a new server container', () => {
  it('is not that of another one of ours that is stopped', async () => {
    const first = await expose()
    expect(first.share.place.host).toBe('10.9.0.2')
    const stopped = [...world.containers.values()].map((each) => ({...each, state: 'exited' as const}))
    for (const each of stopped) world.containers.set(each.id, each)
    const parts = {name: 'other', exportFolder: '/exports/other'}
    const volume = {name: 'other', create: true}
    const second = await exposeVolume({request: shareRequest(parts), volume}, world.adapters, {})
    expect(second.share.place.host).toBe('10.9.0.3')
    const taken = {...parts, name: 'third', address: '10.9.0.2'}
    const third = exposeVolume({request: shareRequest(taken), volume: {...volume, name: 'third'}}, world.adapters, {})
    await expect(third).rejects.toMatchObject({code: 'VN-SETTING-BAD'})
  })
})

describe('a server container that does not become mountable', () => {
  beforeEach(() => {
    world.mountable = false
  })

  it('is taken away again', async () => {
    await expect(expose()).rejects.toMatchObject({code: 'VN-NFS-NOT-READY'})
    expect(world.did).toContain('remove vicnfs-nfs-vol')
    expect(world.volumes.has('nfs-vol')).toBe(true)
  })

  it('for want of a route from here has the error that says how the VCH can look', async () => {
    const adapters = {...world.adapters, nfs: withoutRoute(world.adapters.nfs)}
    const volume = {name: 'nfs-vol', create: true}
    const error: unknown = await exposeVolume({request: shareRequest(), volume}, adapters, {}).catch(
      (reason: unknown) => reason,
    )
    expect(error).toMatchObject({
      code: 'VN-NFS-NOT-READY',
      reason: expect.stringContaining('a container of the VCH can look'),
      tries: ['vicnfs expose-volume nfs-vol --image vicnfs/server:1 --create --from vch'],
    })
  })

  it('stays, when another store of the VCH lies at its address', async () => {
    world.stores.push('nfs://10.9.0.7/exports/other?uid=0&gid=0:other')
    await expect(expose('nfs-store', {address: '10.9.0.7'})).rejects.toMatchObject({code: 'VN-NFS-NOT-READY'})
    expect(world.did).toContain('start vicnfs-nfs-vol')
    expect(world.did).not.toContain('remove vicnfs-nfs-vol')
  })

  it.each([
    ['completed', false],
    ['refused', true],
  ])('without a VCH to ask is decided by the journal: a configure that ended as %s', async (state, removed) => {
    const {journal} = world.adapters
    const vch = {keys: ['vm:vcenter/vm-9'], id: 'vm-9'}
    const data = {storesBefore: [], storesAfter: ['nfs://10.9.0.7/exports/nfs-vol?uid=0&gid=0:old']}
    const of = await journal.append({kind: 'intent', action: 'configure', vch, data})
    await journal.append({kind: 'result', action: 'configure', vch, of, data: {state}})
    await expect(expose(undefined, {address: '10.9.0.7'})).rejects.toMatchObject({code: 'VN-NFS-NOT-READY'})
    expect(world.did.includes('remove vicnfs-nfs-vol')).toBe(removed)
  })
})

describe('two VCHs of the same VM id in two vCenters', () => {
  it('both have the server containers of their stores kept', async () => {
    world.mountable = false
    const {journal} = world.adapters
    for (const [vcenter, host] of [
      ['vc-a', '10.9.0.7'],
      ['vc-b', '10.9.0.8'],
    ]) {
      const vch = {keys: [`vm:${vcenter}/vm-12`], id: 'vm-12'}
      const data = {storesBefore: [], storesAfter: [`nfs://${host}/exports/nfs-vol?uid=0&gid=0:old`]}
      const of = await journal.append({kind: 'intent', action: 'configure', vch, data})
      await journal.append({kind: 'result', action: 'configure', vch, of, data: {state: 'completed'}})
    }
    await expect(expose(undefined, {address: '10.9.0.7'})).rejects.toMatchObject({code: 'VN-NFS-NOT-READY'})
    expect(world.did).not.toContain('remove vicnfs-nfs-vol')
  })
})

describe('the journal', () => {
  it('has an intent and a result for each change', async () => {
    world.mountable = false
    await expect(expose()).rejects.toMatchObject({code: 'VN-NFS-NOT-READY'})
    const history = await world.adapters.journal.history()
    expect(history.map(({intent, result}) => [intent.action, result?.data['outcome']])).toEqual([
      ['volume-create', 'done'],
      ['server-create', 'done'],
      ['server-start', 'done'],
      ['server-remove', 'done'],
    ])
  })

  it('has a result for a change that failed, too', async () => {
    Object.assign(world.adapters.server, {createVolume: () => Promise.reject(new Error('no space'))})
    await expect(expose()).rejects.toThrow('no space')
    const [record] = await world.adapters.journal.history()
    expect(record?.result?.data).toEqual({outcome: 'failed', reason: 'no space'})
  })
})
