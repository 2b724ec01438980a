import {rm} from 'node:fs/promises'
import {afterEach, beforeEach, describe, expect, it} from '@jest/globals'
import {LABELS} from '../../../../src/model/share.js'
import {VicnfsError} from '../../../../src/model/vicnfs-error.js'
import {exposeVolume} from '../../../../src/services/expose-volume.js'
import type {VchContainer} from '../../../../src/vch/vch-api.js'
import {doctorWorld, refuse, type DoctorWorld} from '../../../helpers/doctor-world.js'
import {shareRequest} from '../../../helpers/fake-world.js'
import {makeTempDirectory} from '../../../helpers/temp-directory.js'

const STORE = 'nfs://10.9.0.2/exports/nfs-vol?uid=0&gid=0:a'
const REFUSED = {rung: 'portmap', code: 'VN-NFS-REFUSED', finding: 'connection refused'} as const
const says = (text: RegExp) => expect.stringMatching(text)

let directory: string
let world: DoctorWorld
beforeEach(async () => {
  directory = await makeTempDirectory()
  world = await doctorWorld(directory)
  await expose(world)
})
afterEach(() => rm(directory, {recursive: true, force: true}))

const expose = (on: DoctorWorld) =>
  exposeVolume({request: shareRequest(), volume: {name: 'nfs-vol', create: true}}, on.adapters, {})
const server = (on = world): VchContainer => [...on.containers.values()][0]!
const change = (parts: Partial<VchContainer>): void => {
  world.containers.set(server().id, {...server(), ...parts})
}
const stop = () => change({state: 'exited', rawState: 'exited'})
const withoutVicMachine = () => {
  world.parts.vicMachine = () => Promise.reject(new VicnfsError('VN-SETTING-MISSING', 'It is not set.'))
}
const record = (vchId: string): void => {
  const fields = {vchName: 'other', vcenter: 'vcenter', endpoint: 'tcp://x:1', label: 'a', path: '/exports/nfs-vol'}
  const text = JSON.stringify({schemaVersion: 1, ...fields, vchId, uid: 0, gid: 0, writtenAt: '2026-01-01'})
  world.files.set('/exports/nfs-vol/.vicnfs/consumer.json', Buffer.from(text))
}

describe('a server container of ours', () => {
  it('runs, its share can be mounted, and nobody lists it', async () => {
    expect(await world.check('shares.running.nfs-vol')).toMatchObject({state: 'ok'})
    expect(await world.check('shares.mountable.nfs-vol')).toMatchObject({state: 'ok', evidence: says(/10\.9\.0\.2/)})
    expect(await world.check('shares.hosted.nfs-vol')).toMatchObject({state: 'ok', evidence: says(/does not list/)})
  })

  it('is a warning when it is stopped, and a failure when a VCH lists its share', async () => {
    stop()
    const fix = ['vicnfs expose-volume nfs-vol --image vicnfs/server:1']
    expect(await world.check('shares.running.nfs-vol')).toMatchObject({state: 'warning', fix})
    expect(await world.check('shares.mountable.nfs-vol')).toMatchObject({state: 'not-asked'})
    world.stores.push(STORE)
    const danger = {state: 'failed', code: 'VN-SERVER-DOWN', evidence: says(/next boot would loop/), fix}
    expect(await world.check('shares.running.nfs-vol')).toMatchObject(danger)
    withoutVicMachine()
    const unknown = {state: 'warning', evidence: says(/not known/), fix}
    expect(await world.check('shares.running.nfs-vol')).toMatchObject(unknown)
    expect(await world.check('shares.hosted.nfs-vol')).toMatchObject({state: 'not-asked'})
  })

  it('runs, and yet cannot be mounted', async () => {
    world.dead.set('10.9.0.2', {rung: 'mountd', code: 'VN-NFS-UNREACHABLE', finding: 'no route'})
    expect(await world.check('shares.mountable.nfs-vol')).toMatchObject({
      state: 'failed',
      code: 'VN-NFS-UNREACHABLE',
      fix: ['docker -H tcp://server:2376 logs vicnfs-nfs-vol', says(/^vicnfs preflight .* --from vch$/)],
    })
    change({addresses: {}})
    const choice = {...(JSON.parse(server().labels[LABELS.choice] ?? '{}') as object), address: null}
    change({labels: {...server().labels, [LABELS.choice]: JSON.stringify(choice)}})
    expect(await world.check('shares.mountable.nfs-vol')).toMatchObject({state: 'failed', evidence: says(/no address/)})
  })

  it('is in danger on the VCH that lists its share, from VIC 1.5.2 on', async () => {
    world.stores.push(STORE)
    expect(await world.check('shares.hosted.nfs-vol')).toMatchObject({state: 'ok', evidence: says(/another VCH/)})
    for (const [version, state] of [
      ['1.5.8', 'warning'],
      ['1.5.0', 'ok'],
    ] as const) {
      const own = await doctorWorld(directory, {split: false, version})
      await expose(own)
      own.stores.push(STORE)
      const found = await own.check('shares.hosted.nfs-vol')
      expect(found.state).toBe(state)
      if (state === 'warning')
        expect(found).toMatchObject({code: 'VN-SELF-HOSTED', advice: says(/power the container VM/)})
    }
  })
})

describe('a registered NFS store', () => {
  it('is mountable, and its record names this VCH', async () => {
    expect(await world.check('stores.mountable')).toMatchObject({state: 'ok', evidence: 'There are none.'})
    world.stores.push(STORE)
    expect(await world.check('stores.mountable.a')).toMatchObject({state: 'ok'})
    expect(await world.check('stores.record.a')).toMatchObject({state: 'warning', evidence: says(/none/)})
    record('vm-7')
    expect(await world.check('stores.record.a')).toMatchObject({state: 'ok', evidence: says(/this VCH/)})
    record('vm-8')
    expect(await world.check('stores.record.a')).toMatchObject({state: 'failed', code: 'VN-OTHER-CONSUMER'})
    world.files.set('/exports/nfs-vol/.vicnfs/consumer.json', Buffer.from('?'))
    expect(await world.check('stores.record.a')).toMatchObject({state: 'warning', evidence: says(/understood/)})
    world.containers.clear()
    world.files.clear()
    expect(await world.check('stores.record.a')).toMatchObject({state: 'ok', evidence: says(/did not register/)})
  })

  it.each([
    ['1.5.8', /next boot of the VCH would loop/],
    ['1.5.0', /next boot of the VCH would leave it out/],
  ])('that is dead is a danger for the next boot of VIC %s', async (version, danger) => {
    const old = await doctorWorld(directory, {version})
    old.stores.push('nfs://10.7.7.7/foreign?uid=0&gid=0:f')
    old.dead.set('10.7.7.7', REFUSED)
    expect(await old.check('stores.mountable.f')).toMatchObject({
      state: 'failed',
      code: 'VN-NFS-REFUSED',
      evidence: says(danger),
      advice: says(/Any NFS server/),
      fix: ["vicnfs preflight 'nfs://10.7.7.7/foreign?uid=0&gid=0' --read-only"],
    })
    expect(await old.check('stores.record.f')).toMatchObject({state: 'not-asked'})
  })

  it('of ours says the command that serves it again', async () => {
    world.stores.push(STORE)
    world.dead.set('10.9.0.2', REFUSED)
    expect((await world.check('stores.mountable.a')).fix).toEqual([
      says(/^vicnfs preflight .*--read-only$/),
      'docker -H tcp://server:2376 logs vicnfs-nfs-vol',
    ])
    stop()
    expect((await world.check('stores.mountable.a')).fix).toEqual([
      'vicnfs expose-volume nfs-vol --image vicnfs/server:1',
    ])
    // Removed by hand: the journal still knows what was served there.
    world.containers.clear()
    const again = ['vicnfs expose-volume nfs-vol --image vicnfs/server:1 --ip 10.9.0.2']
    expect((await world.check('stores.mountable.a')).fix).toEqual(again)
    // Another machine has no journal, and yet the volume of that name.
    const elsewhere = await doctorWorld(`${directory}/elsewhere`)
    elsewhere.stores.push(STORE)
    elsewhere.dead.set('10.9.0.2', REFUSED)
    expect((await elsewhere.check('stores.mountable.a')).fix).toEqual([says(/^vicnfs preflight/)])
    elsewhere.volumes.set('nfs-vol', {name: 'nfs-vol', driver: 'vsphere', labels: {}})
    expect((await elsewhere.check('stores.mountable.a')).fix).toEqual(again)
    // On an address that no network of the server VCH has it is somebody else's.
    elsewhere.stores.splice(1, 1, STORE.replace('10.9.0.2', '10.77.0.2'))
    elsewhere.dead.set('10.77.0.2', REFUSED)
    expect((await elsewhere.check('stores.mountable.a')).fix).toEqual([says(/^vicnfs preflight/)])
  })

  it('that is registered by another spelling of the address is the same one', async () => {
    world.stores.push(STORE.replace('10.9.0.2', '10.9.2'))
    expect(await world.check('shares.hosted.nfs-vol')).toMatchObject({evidence: says(/"a" of another VCH/)})
    world.dead.set('10.9.2', REFUSED)
    stop()
    const again = ['vicnfs expose-volume nfs-vol --image vicnfs/server:1']
    expect((await world.check('stores.mountable.a')).fix).toEqual(again)
    expect(await world.check('shares.running.nfs-vol')).toMatchObject({state: 'failed', fix: again})
    world.containers.clear()
    expect((await world.check('stores.mountable.a')).fix).toEqual([`${again.join('')} --ip 10.9.0.2`])
    const elsewhere = await doctorWorld(`${directory}/elsewhere`)
    elsewhere.stores.push(STORE.replace('10.9.0.2', '10.9.2'))
    elsewhere.dead.set('10.9.2', REFUSED)
    elsewhere.volumes.set('nfs-vol', {name: 'nfs-vol', driver: 'vsphere', labels: {}})
    expect((await elsewhere.check('stores.mountable.a')).fix).toEqual([`${again.join('')} --ip 10.9.0.2`])
  })

  it('of scratch space, or of a volume that is gone, can at least be served empty', async () => {
    world.stores.push(STORE)
    world.dead.set('10.9.0.2', REFUSED)
    world.containers.clear()
    world.volumes.clear()
    expect(await world.check('stores.mountable.a')).toMatchObject({
      advice: says(/without the data/),
      fix: ['vicnfs expose-volume --scratch nfs-vol --image vicnfs/server:1 --ip 10.9.0.2'],
    })
  })

  it('is looked for in the journal where vic-machine cannot be asked', async () => {
    const keys = ['endpoint:https://consumer:2376']
    const change = async (storesAfter: string[], state: string): Promise<void> => {
      const data = {storesBefore: [], storesAfter}
      const of = await world.parts.journal.append({kind: 'intent', action: 'configure', vch: {keys}, data})
      await world.parts.journal.append({kind: 'result', action: 'configure', of, vch: {keys}, data: {state}})
    }
    withoutVicMachine()
    expect(await world.check('stores.mountable')).toMatchObject({state: 'not-asked'})
    await change(['ds://datastore1/volumes:default', STORE], 'completed')
    await change([], 'refused')
    const known = says(/known from the journal of this machine only/)
    expect(await world.check('stores.mountable.a')).toMatchObject({state: 'ok', evidence: known})
    expect(await world.check('stores.record.a')).toMatchObject({state: 'not-asked'})
    expect(await world.check('volumes.a')).toMatchObject({state: 'ok'})
    world.dead.set('10.9.0.2', REFUSED)
    expect(await world.check('stores.mountable.a')).toMatchObject({state: 'failed', evidence: known})
    await change([], 'completed')
    expect(await world.check('stores.mountable')).toMatchObject({state: 'ok', evidence: 'There are none.'})
  })

  it('names the container VM to power on while the server VCH is down', async () => {
    world.stores.push(STORE)
    world.dead.set('10.9.0.2', REFUSED)
    refuse(world.server.api)
    expect(await world.check('stores.mountable.a')).toMatchObject({advice: says(/"vicnfs-nfs-vol", power that on/)})
  })

  it('with a URL that no VCH can use is said to be so', async () => {
    world.stores.push('nfs://10.9.0.2/exports/nfs-vol?uid=me:a')
    expect(await world.check('stores.mountable.a')).toMatchObject({state: 'failed', evidence: says(/uid "me"/)})
  })

  it('is not asked without vic-machine', async () => {
    withoutVicMachine()
    expect(await world.check('stores.mountable')).toMatchObject({state: 'not-asked'})
    expect(await world.check('volumes.stores')).toMatchObject({state: 'not-asked'})
  })
})
