import {rm} from 'node:fs/promises'
import {afterEach, beforeEach, describe, expect, it} from '@jest/globals'
import type {RecordedConsumer} from '../../../../src/model/consumer-record.js'
import {LABELS} from '../../../../src/model/share.js'
import {VicnfsError} from '../../../../src/model/vicnfs-error.js'
import {exposeVolume} from '../../../../src/services/expose-volume.js'
import type {VchContainer} from '../../../../src/vch/vch-api.js'
import {doctorWorld, type DoctorWorld} from '../../../helpers/doctor-world.js'
import {holdLock, LATER, LONG_AGO} from '../../../helpers/held-lock.js'
import {shareRequest} from '../../../helpers/fake-world.js'
import {record} from '../../../helpers/status-world.js'
import {makeTempDirectory} from '../../../helpers/temp-directory.js'

const STORE = 'nfs://10.9.0.2/exports/nfs-vol?uid=0&gid=0:a'
const SHARE = 'shares.parked.vicnfs-nfs-vol'
const OWN = {folder: '', record: record('a', '/exports/nfs-vol')}
const says = (text: RegExp) => expect.stringMatching(text)

let directory: string
let world: DoctorWorld
beforeEach(async () => {
  directory = await makeTempDirectory()
  world = await doctorWorld(directory)
  await exposeVolume({request: shareRequest(), volume: {name: 'nfs-vol', create: true}}, world.adapters, {})
  park([OWN])
})
afterEach(() => rm(directory, {recursive: true, force: true}))

const change = (parts: Partial<VchContainer>): void => {
  const [server] = world.containers.values()
  if (server !== undefined) world.containers.set(server.id, {...server, ...parts})
}
function park(records: readonly RecordedConsumer[] | string): void {
  const [server] = world.containers.values()
  const text = typeof records === 'string' ? records : JSON.stringify(records)
  change({labels: {...server?.labels, [LABELS.role]: 'parked', [LABELS.records]: text}})
}
/** A stopped container has no address on a VCH. */
const stop = () => change({state: 'exited', rawState: 'exited', addresses: {}})
const withoutVicMachine = () => {
  world.parts.vicMachine = () => Promise.reject(new VicnfsError('VN-SETTING-MISSING', 'It is not set.'))
}

describe('a parked server', () => {
  it('is fine while it can be mounted, and of no use once nobody lists its address', async () => {
    const stale = {state: 'warning', evidence: says(/does not list/), fix: ['vicnfs teardown nfs-vol']}
    expect(await world.check(SHARE)).toMatchObject(stale)
    world.stores.push(STORE)
    expect(await world.check(SHARE)).toMatchObject({
      state: 'ok',
      evidence: says(/can be mounted, without data; .* as "a"/),
    })
    world.dead.set('10.9.0.2', {rung: 'portmap', code: 'VN-NFS-REFUSED', finding: 'connection refused'})
    const fix = ['docker -H tcp://server:2376 logs vicnfs-nfs-vol']
    expect(await world.check(SHARE)).toMatchObject({state: 'failed', code: 'VN-NFS-REFUSED', fix})
  })

  it('that is stopped is started again as it is, by the store and by the server', async () => {
    world.stores.push(STORE)
    world.dead.set('10.9.0.2', {rung: 'portmap', code: 'VN-NFS-REFUSED', finding: 'connection refused'})
    stop()
    const fix = ['vicnfs teardown nfs-vol --park']
    expect(await world.check(SHARE)).toMatchObject({state: 'failed', code: 'VN-SERVER-DOWN', fix})
    expect(await world.check('stores.mountable.a')).toMatchObject({state: 'failed', advice: says(/is stopped/), fix})
  })

  it('is known by its records where vic-machine cannot be asked, and for another VCH', async () => {
    withoutVicMachine()
    expect(await world.check(SHARE)).toMatchObject({
      state: 'ok',
      evidence: says(/by its records it is "a" of "consumer"/),
    })
    stop()
    expect(await world.check(SHARE)).toMatchObject({state: 'failed', code: 'VN-SERVER-DOWN'})
  })

  it('is needed by another VCH that its records name', async () => {
    park([{folder: '', record: record('b', '/exports/nfs-vol', {vchName: 'other', vchId: 'vm-9'})}])
    expect(await world.check(SHARE)).toMatchObject({state: 'ok', evidence: says(/"b" of "other", which was not asked/)})
    park('[]')
    withoutVicMachine()
    expect(await world.check(SHARE)).toMatchObject({state: 'warning', evidence: says(/could not be asked/)})
    park('?')
    expect(await world.check(SHARE)).toMatchObject({state: 'warning', evidence: says(/cannot be understood/)})
  })

  it('shows nothing of the volumes and carries the record itself', async () => {
    world.stores.push(STORE)
    expect(await world.check('volumes.a')).toMatchObject({state: 'not-asked', evidence: says(/kept on "nfs-vol"/)})
    expect(await world.check('stores.record.a')).toMatchObject({state: 'ok', evidence: says(/this VCH, as "a"/)})
    park([])
    expect(await world.check('stores.record.a')).toMatchObject({state: 'warning', evidence: says(/There is none/)})
    // The control: one that is served is looked at.
    change({labels: {...[...world.containers.values()][0]?.labels, [LABELS.role]: 'server'}})
    expect(await world.check('volumes.a')).toMatchObject({state: 'ok'})
  })
})

describe('an exchange of a server', () => {
  it('is a warning until it has ended, with the command that ends it', async () => {
    expect(await world.check('shares.exchange')).toMatchObject({state: 'ok'})
    const {journal} = world.parts
    const vch = {keys: ['endpoint:tcp://server:2376']}
    const from = {role: 'parked', request: shareRequest(), choice: {}}
    const data = {share: 'nfs-vol', run: 'r', from, to: from, stores: []}
    const of = await journal.append({kind: 'intent', action: 'server-exchange', vch, data})
    const open = {state: 'warning', code: 'VN-ADDRESS-EMPTY', fix: ['vicnfs teardown nfs-vol --park']}
    expect(await world.check('shares.exchange')).toMatchObject({...open, evidence: says(/^Cut off: .*is gone\.$/)})
    await holdLock(directory, 'endpoint:tcp://server:2376', LONG_AGO)
    const running = {state: 'warning', evidence: says(/^Under way since .*"nfs-vol" being .*, by `vicnfs teardown` \(/)}
    expect(await world.check('shares.exchange')).toMatchObject(running)
    expect((await world.check('shares.exchange')).fix).toBeUndefined()
    await holdLock(directory, 'endpoint:tcp://server:2376', LATER)
    expect(await world.check('shares.exchange')).toMatchObject({
      ...open,
      evidence: says(/At work on the VCH right now/),
    })
    await journal.append({kind: 'result', action: 'server-exchange', of, vch, data: {outcome: 'done'}})
    expect(await world.check('shares.exchange')).toMatchObject({state: 'ok'})
  })
})
