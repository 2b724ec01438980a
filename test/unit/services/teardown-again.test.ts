import {afterEach, beforeEach, describe, expect, it} from '@jest/globals'
import {rm} from 'node:fs/promises'

import {VicnfsError} from '../../../src/model/vicnfs-error.js'
import type {TeardownOptions} from '../../../src/services/teardown-share.js'
import {makeTempDirectory} from '../../helpers/temp-directory.js'
import {expose, register, teardown, teardownWorld, type TeardownWorld} from '../../helpers/teardown-world.js'

let directory: string
let world: TeardownWorld

beforeEach(async () => {
  directory = await makeTempDirectory()
  world = await teardownWorld(directory)
})
afterEach(() => rm(directory, {recursive: true}))

/** Somebody removes every server container past vicnfs. */
function loseServers(): void {
  world.containers.clear()
}

/** From here on server containers are looked for on another server VCH. */
function onAnotherServer(endpoint: string): void {
  Object.assign(world.adapters, {server: {...world.adapters.server, endpoint}})
}

describe('a share whose server container is gone', () => {
  const nine: Partial<TeardownOptions> = {target: {volume: 'v9'}}

  it('is still a store of the VCH, also below an export folder of its own', async () => {
    await expose(world, {name: 'v9', exportFolder: '/srv/nine'})
    await register(world, 's9', {share: 'v9'})
    loseServers()
    const refusal = {code: 'VN-NOT-REMOVABLE', exitCode: 3}
    await expect(teardown(world, nine)).rejects.toMatchObject({
      ...refusal,
      tries: ['vicnfs expose-volume v9 --ip 10.9.0.2 --export-folder /srv/nine', 'vicnfs teardown v9'],
    })
    await expect(teardown(world, {...nine, deleteVolume: true, confirm: 'v9'})).rejects.toMatchObject(refusal)
    expect(world.did).not.toContain('remove volume v9')
  })

  it('is asked for by address and with its owner, however the store is named', async () => {
    await expose(world, {name: 'v9', exportFolder: '/exports/v9', uid: 7, gid: 8})
    await register(world, 's9', {share: 'v9'})
    world.stores = world.stores.map((store) => store.replace('10.9.0.2', '10.9.2'))
    loseServers()
    await expect(teardown(world, nine)).rejects.toMatchObject({
      code: 'VN-NOT-REMOVABLE',
      tries: ['vicnfs expose-volume v9 --ip 10.9.0.2 --uid 7 --gid 8', 'vicnfs teardown v9'],
    })
  })

  it('is one in a journal that says nothing of folders, too', async () => {
    const {journal} = world.adapters
    const append: typeof journal.append = ({data: {path: _path, ...data}, ...entry}) => journal.append({...entry, data})
    Object.assign(world.adapters, {journal: {...journal, append}})
    await expose(world, {name: 'v9', exportFolder: '/srv/nine'})
    await register(world, 's9', {share: 'v9'})
    loseServers()
    await expect(teardown(world, nine)).rejects.toMatchObject({code: 'VN-NOT-REMOVABLE'})
  })

  it('is nothing to a share of the same name on another server VCH', async () => {
    await expose(world, {address: '10.9.0.50'})
    await register(world, 'nfs-store')
    loseServers()
    onAnotherServer('tcp://second:2376')
    await expose(world, {address: '10.9.0.60'})
    loseServers()
    await expect(teardown(world)).resolves.toMatchObject({outcome: 'unchanged', data: 'kept'})
  })

  it('counts by its folder where one of the addresses is not known', async () => {
    await expose(world, {address: '10.9.0.50'})
    await register(world, 'nfs-store')
    loseServers()
    onAnotherServer('tcp://second:2376')
    await expect(teardown(world)).rejects.toMatchObject({code: 'VN-NOT-REMOVABLE'})
  })
})

describe('a teardown by label that ended after the rollback', () => {
  const byLabel: Partial<TeardownOptions> = {target: {label: 'nfs-store'}}
  const withData = {...byLabel, deleteVolume: true, confirm: 'nfs-vol'}

  beforeEach(async () => {
    await expose(world)
    await register(world, 'nfs-store')
    world.at.rolledBack = () => {
      world.blind = new VicnfsError('VN-VICMACHINE-LOGIN', 'vCenter refused the login.')
    }
    await expect(teardown(world, byLabel)).rejects.toMatchObject({code: 'VN-HALF-DONE'})
    delete world.blind
    world.at = {}
  })

  it('goes on with the server container', async () => {
    await expect(teardown(world, byLabel)).resolves.toMatchObject({outcome: 'removed', name: 'nfs-vol', data: 'kept'})
    expect(world.did).toContain('remove vicnfs-nfs-vol')
  })

  it('deletes the volume as confirmed, also once the server container is gone', async () => {
    await teardown(world, byLabel)
    await expect(teardown(world, byLabel)).resolves.toMatchObject({outcome: 'unchanged', name: 'nfs-vol', data: 'kept'})
    await expect(teardown(world, withData)).resolves.toMatchObject({name: 'nfs-vol', data: 'deleted'})
    expect(world.did).toContain('remove volume nfs-vol')
  })

  it('leaves a share alone that is a store under another label by now', async () => {
    await register(world, 'second')
    await expect(teardown(world, byLabel)).rejects.toMatchObject({
      code: 'VN-STORE-UNKNOWN',
      tries: ['vicnfs teardown --label second'],
    })
  })

  it('says that nothing is left only where nothing is, and deletes nothing then', async () => {
    loseServers()
    onAnotherServer('tcp://second:2376')
    await expect(teardown(world, byLabel)).resolves.toMatchObject({outcome: 'unchanged', data: 'unknown'})
    await expect(teardown(world, withData)).rejects.toMatchObject({code: 'VN-DELETE-UNCONFIRMED'})
    expect(world.did).not.toContain('remove volume nfs-vol')
  })
})

describe('a teardown of a store with volumes that ended during the rollback', () => {
  const again = (): Promise<unknown> => teardown(world)

  beforeEach(async () => {
    await expose(world)
    await register(world, 'nfs-store')
    world.files.set('/exports/nfs-vol/volumes_metadata', 'directory')
    world.files.set('/exports/nfs-vol/volumes_metadata/v1', 'directory')
    world.at.rolledBack = () => {
      world.blind = new VicnfsError('VN-VICMACHINE-LOGIN', 'vCenter refused the login.')
    }
    await expect(again()).rejects.toMatchObject({code: 'VN-HALF-DONE'})
    delete world.blind
    world.at = {}
  })

  it('goes on: the volumes are of the VCH that it was un-registered from', async () => {
    const end = {claim: 'completed', exitCode: 0, errorLines: [], twoSnapshots: false, offlineLabels: []} as const
    const access = await world.adapters.vicMachine()
    const findChange = () => Promise.resolve({folder: '', pid: 1, wait: () => Promise.resolve(end)})
    Object.assign(world.adapters, {vicMachine: () => Promise.resolve({...access, findChange})})
    await expect(again()).resolves.toMatchObject({outcome: 'removed', data: 'kept'})
    expect(world.did).toContain('rm /exports/nfs-vol/.vicnfs/consumer.json')
  })

  it('the control: volumes of nobody known keep the server container', async () => {
    const {journal} = world.adapters
    const history = () => Promise.resolve([])
    Object.assign(world.adapters, {journal: {...journal, history, openIntents: history}})
    world.files.delete('/exports/nfs-vol/.vicnfs/consumer.json')
    await expect(again()).rejects.toMatchObject({code: 'VN-UNRECORDED-VOLUMES'})
  })
})
