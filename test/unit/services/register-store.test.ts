import {afterEach, beforeEach, describe, expect, it} from '@jest/globals'
import {rm} from 'node:fs/promises'

import {registerStore, type RegisterStoreOptions} from '../../../src/services/register-store.js'
import {exposeVolume} from '../../../src/services/expose-volume.js'
import {teardownShare} from '../../../src/services/teardown-share.js'
import {registerStores, type StoreWish} from '../../../src/services/register-stores.js'
import {fakeWorld, shareRequest, type FakeWorld} from '../../helpers/fake-world.js'
import {makeTempDirectory} from '../../helpers/temp-directory.js'

const CONSENTS = {
  allowSelfHosted: false,
  addressReserved: true,
  adoptStore: false,
  resetProgress: false,
  noRollback: false,
}
const IN_ONE = {
  label: 'nfs-store',
  from: {url: 'nfs://10.9.0.9/exports/data?uid=0&gid=0'},
  directory: 'one',
  consents: CONSENTS,
  dryRun: false,
}

let directory: string
let world: FakeWorld

beforeEach(async () => {
  directory = await makeTempDirectory()
  world = fakeWorld(directory)
})
afterEach(() => rm(directory, {recursive: true}))

const register = (options: Partial<RegisterStoreOptions> = {}) =>
  registerStore({...IN_ONE, ...options}, world.adapters, {})

describe('a directory for one consumer VCH', () => {
  it('is made after consent, and looked at like any other place before configure', async () => {
    await expect(register()).resolves.toMatchObject({outcome: 'registered'})
    expect(world.did).toEqual([
      'confirm',
      'mkdir /exports/data/one',
      'preflight /exports/data/one',
      'mkdir /exports/data/one/.vicnfs',
      'write /exports/data/one/.vicnfs/consumer.json',
      'configure',
    ])
  })

  it('is not made without consent', async () => {
    world.consents = false
    await expect(register()).rejects.toMatchObject({code: 'VN-CONSENT-MISSING'})
    expect([...world.files.keys()]).toEqual([])
  })

  it('is refused before consent is asked for, when the root is a store', async () => {
    world.files.set('/exports/data/volumes_metadata', 'directory')
    world.files.set('/exports/data/volumes_metadata/v', 'directory')
    await expect(register()).rejects.toMatchObject({code: 'VN-ROOT-OR-DIRECTORIES'})
    expect(world.did).toEqual([])
  })

  it('is taken away again when it cannot be used, unless it was there before', async () => {
    world.mountable = false
    await expect(register()).rejects.toBeInstanceOf(Error)
    expect([...world.files.keys()]).toEqual([])
    world.files.set('/exports/data/one', 'directory')
    await expect(register()).rejects.toBeInstanceOf(Error)
    expect([...world.files.keys()]).toEqual(['/exports/data/one'])
  })
})

describe('a registration that is there already', () => {
  const RECORD = '/exports/data/one/.vicnfs/consumer.json'
  const KEYS = ['endpoint:tcp://consumer:2376']
  const entries = async () => (await world.adapters.journal.read()).entries
  const killed = (record: 'written' | 'not written') => {
    if (record === 'not written') world.files.delete(RECORD)
    world.files.set('/exports/data/one/.vicnfs/.vicnfs-0a1b.tmp', Buffer.from('{'))
    const data = {label: 'nfs-store', place: {host: '10.9.0.9', path: '/exports/data/one', uid: 0, gid: 0}}
    return world.adapters.journal.append({kind: 'intent', action: 'record-write', vch: {keys: KEYS}, data})
  }

  it('writes neither the record nor the journal anew', async () => {
    await register()
    const [record, journal] = [world.files.get(RECORD), await entries()]
    await expect(register()).resolves.toMatchObject({outcome: 'unchanged'})
    expect(world.files.get(RECORD)).toBe(record)
    expect(await entries()).toEqual(journal)
  })

  it('writes the record anew when it says something else', async () => {
    await register()
    const other = JSON.stringify({...JSON.parse(String(world.files.get(RECORD))), label: 'renamed'})
    world.files.set(RECORD, Buffer.from(other))
    await register()
    expect(String(world.files.get(RECORD))).toContain('"label": "nfs-store"')
  })

  it.each(['written', 'not written'] as const)('ends what a killed run has left, its record %s', async (record) => {
    await register()
    await killed(record)
    expect(await world.adapters.journal.openIntents(KEYS)).toHaveLength(1)
    await register()
    expect(await world.adapters.journal.openIntents(KEYS)).toEqual([])
    expect(world.files.has(RECORD)).toBe(true)
    expect([...world.files.keys()].filter((file) => file.endsWith('.tmp'))).toEqual([])
  })
})

describe('the record of a share that has come back at another address', () => {
  const KEYS = ['endpoint:tcp://consumer:2376']
  const open = () => world.adapters.journal.openIntents(KEYS)
  const killed = (label: string, place: {readonly host: string; readonly path: string}) =>
    world.adapters.journal.append({kind: 'intent', action: 'record-write', vch: {keys: KEYS}, data: {label, place}})

  it('ends what a run left that was killed while it wrote it at the old one', async () => {
    await killed('nfs-store', {host: '10.9.0.7', path: '/exports/data/one'})
    await register()
    expect(await open()).toEqual([])
  })

  it('says nothing of that of another share', async () => {
    await killed('nfs-store', {host: '10.9.0.7', path: '/exports/data/two'})
    await killed('other', {host: '10.9.0.7', path: '/exports/data/one'})
    await register()
    expect(await open()).toHaveLength(2)
  })

  it('is looked for by nobody once the server container is gone, whatever addresses it had', async () => {
    const exposed = async (address: string) => {
      const request = shareRequest({address})
      await exposeVolume({request, volume: {name: 'nfs-vol', create: true}}, world.adapters, {})
    }
    await exposed('10.9.0.7')
    await killed('nfs-store', {host: '10.9.0.7', path: '/exports/nfs-vol'})
    await killed('nfs-store', {host: '10.9.0.7', path: '/exports/nfs-vol-2'})
    world.containers.clear()
    await exposed('10.9.0.8')
    const wish = {target: {volume: 'nfs-vol'}, consents: CONSENTS, deleteVolume: false}
    await expect(teardownShare(wish, world.adapters, {})).resolves.toMatchObject({outcome: 'removed'})
    expect(await open()).toMatchObject([{data: {place: {path: '/exports/nfs-vol-2'}}}])
  })
})

describe('the root of a share and a directory of it', () => {
  const at = (label: string, path: string) => ({label, from: {url: `nfs://10.9.0.9${path}?uid=0&gid=0`}})
  const both = (...stores: readonly StoreWish[]) =>
    registerStores({stores, consents: CONSENTS, dryRun: false}, world.adapters, {})
  const isRefused = {code: 'VN-ROOT-OR-DIRECTORIES', exitCode: 3}

  it('are refused in one registration, in either order, before anything is made', async () => {
    const [root, one] = [at('root', '/exports/data'), {...at('one', '/exports/data'), directory: 'one'}]
    await expect(both(root, one)).rejects.toMatchObject(isRefused)
    await expect(both(one, root)).rejects.toMatchObject(isRefused)
    await expect(both(root, at('one', '/exports/data/one'))).rejects.toMatchObject(isRefused)
    expect(world.did).toEqual([])
  })

  it('are two shares where only their names are alike, or on two hosts', async () => {
    const other = {label: 'other', from: {url: 'nfs://10.9.0.8/exports/data/one?uid=0&gid=0'}}
    const stores = [at('root', '/exports/data'), at('more', '/exports/data-1'), other]
    await expect(both(...stores)).resolves.toMatchObject({stores: [{}, {}, {}].map(() => ({outcome: 'registered'}))})
  })

  it('are refused where the directory of a share of ours is named by its URL', async () => {
    const request = shareRequest({address: '10.9.0.9', exportFolder: '/exports/data'})
    await exposeVolume({request, volume: {name: 'nfs-vol', create: true}}, world.adapters, {})
    await expect(both(at('root', '/exports/data'))).resolves.toMatchObject({stores: [{outcome: 'registered'}]})
    world.did.length = 0
    await expect(both(at('one', '/exports/data/one'))).rejects.toMatchObject(isRefused)
    expect(world.did).toEqual([])
  })
})

describe('a dry run', () => {
  it('starts nothing, also while a change of an earlier run is open, and says so', async () => {
    const vch = {keys: ['endpoint:tcp://consumer:2376']}
    const data = {storesBefore: world.stores, storesAfter: [], addedLabels: []}
    await world.adapters.journal.append({kind: 'intent', action: 'configure', vch, data})
    const notes: string[] = []
    const consents = {...CONSENTS, resetProgress: true}
    const planned = registerStore({...IN_ONE, consents, dryRun: true}, world.adapters, {
      onEvent: (event) => {
        if (event.type === 'note' && event.level === 'warning') notes.push(event.text)
      },
    })
    await expect(planned).resolves.toMatchObject({outcome: 'planned', command: 'vic-machine configure'})
    expect(world.did).toEqual([])
    expect(notes.join()).toMatch(/earlier run.*configure/)
    expect(await world.adapters.journal.openIntents(vch.keys)).toHaveLength(1)
  })
})

describe('a share by host name', () => {
  const from = {url: 'nfs://localhost/exports/data?uid=0&gid=0'}

  it('is refused before VIC 1.5.0, with the address to use', async () => {
    world = fakeWorld(directory, {version: '1.4.3'})
    const byAddress = expect.stringContaining('nfs://127.0.0.1/exports/data?uid=0&gid=0')
    await expect(register({from})).rejects.toMatchObject({code: 'VN-HOST-NAME', tries: [byAddress]})
    expect(world.did).toEqual([])
  })

  it('is registered from then on', async () => {
    await expect(register({from})).resolves.toMatchObject({outcome: 'registered'})
  })
})

describe('a folder of the share that the uid of the store may not look into', () => {
  const FOLDER = '/exports/data/private'
  const root = {
    label: 'nfs-store',
    from: {url: 'nfs://10.9.0.9/exports/data?uid=1000&gid=1000'},
    consents: CONSENTS,
    dryRun: false,
  }

  function close(folder: string, uids: readonly number[]): void {
    world.files.set(folder, 'directory')
    world.closed.set(folder, uids)
  }

  it.each([
    ['root', [0]],
    ['its owner', [2000]],
  ])('is no hindrance when %s sees no record in it', async (_who, uids) => {
    close(FOLDER, uids)
    await expect(registerStore(root, world.adapters, {})).resolves.toMatchObject({outcome: 'registered'})
  })

  it('is a store when there is a record in it', async () => {
    close(FOLDER, [2000])
    world.files.set(`${FOLDER}/.vicnfs/consumer.json`, Buffer.from('{}'))
    await expect(registerStore(root, world.adapters, {})).rejects.toMatchObject({code: 'VN-ROOT-OR-DIRECTORIES'})
  })

  it('is refused by name when nobody can tell', async () => {
    close(FOLDER, [])
    await expect(registerStore(root, world.adapters, {})).rejects.toMatchObject({
      code: 'VN-FOLDER-CLOSED',
      exitCode: 3,
      message: expect.stringContaining('"private"'),
    })
    expect(world.did).not.toContain('configure')
  })

  it('is nothing but a part of the file system when it is lost+found', async () => {
    close('/exports/data/lost+found', [])
    await expect(registerStore(root, world.adapters, {})).resolves.toMatchObject({outcome: 'registered'})
  })
})
