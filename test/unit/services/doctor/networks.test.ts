import {rm} from 'node:fs/promises'
import {afterEach, beforeEach, describe, expect, it} from '@jest/globals'
import {VicnfsError} from '../../../../src/model/vicnfs-error.js'
import {networkVerdict, usableVerdict} from '../../../../src/services/doctor/networks.js'
import {portsVerdict, privilegedVerdict} from '../../../../src/services/doctor/ports.js'
import {exposeVolume} from '../../../../src/services/expose-volume.js'
import type {VchNetwork} from '../../../../src/vch/vch-api.js'
import {doctorWorld, refuse, type DoctorWorld} from '../../../helpers/doctor-world.js'
import {shareRequest} from '../../../helpers/fake-world.js'
import {makeTempDirectory} from '../../../helpers/temp-directory.js'

let directory: string
let world: DoctorWorld
beforeEach(async () => {
  directory = await makeTempDirectory()
  world = await doctorWorld(directory)
})
afterEach(() => rm(directory, {recursive: true, force: true}))

const STRICT = {name: 'a', url: 'nfs://10.9.0.2/exports/a?uid=0&gid=0'}
const says = (text: RegExp) => expect.stringMatching(text)
const network = (parts: Partial<VchNetwork> = {}): VchNetwork => ({
  name: 'net',
  id: 'id',
  external: true,
  subnet: '10.0.0.0/24',
  gateway: '10.0.0.1',
  ipRange: '10.0.0.8-10.0.0.9',
  usedAddresses: [],
  ...parts,
})
const without = (field: 'subnet' | 'gateway'): VchNetwork => {
  const {[field]: _gone, ...rest} = network()
  return rest
}

describe('networks', () => {
  it('count the addresses left, those that stopped servers come back to among the taken ones', () => {
    expect(networkVerdict(network(), [])).toMatchObject({state: 'ok', evidence: says(/2 of 2/)})
    expect(networkVerdict(network(), ['10.0.0.8'])).toMatchObject({state: 'ok', evidence: says(/1 of 2/)})
    expect(networkVerdict(network({usedAddresses: ['10.0.0.9']}), ['10.0.0.8'])).toMatchObject({
      state: 'warning',
      code: 'VN-SHARE-NETWORK',
    })
    expect(networkVerdict(without('gateway'), [])).toMatchObject({state: 'warning', evidence: says(/no gateway/)})
    expect(networkVerdict(without('subnet'), [])).toMatchObject({state: 'warning', evidence: says(/no subnet/)})
  })

  it('are usable with one free address on a container network', () => {
    expect(usableVerdict([network()], [])).toMatchObject({state: 'ok', evidence: says(/none is named/)})
    const two = [network(), network({name: 'other'})]
    expect(usableVerdict(two, [])).toMatchObject({state: 'ok', evidence: says(/--network/)})
    expect(usableVerdict([network({external: false})], [])).toMatchObject({state: 'failed', evidence: says(/bridges/)})
    expect(usableVerdict([without('gateway')], [])).toMatchObject({state: 'failed', evidence: says(/No address/)})
  })

  it('are those of the server VCH', async () => {
    expect(await world.check('networks.storage-net')).toMatchObject({state: 'ok'})
    world.server.api.networks = () => Promise.reject(new VicnfsError('VN-VCH-TIMEOUT', 'No answer.'))
    expect(await world.check('networks.usable')).toMatchObject({state: 'failed', code: 'VN-VCH-TIMEOUT'})
  })
})

describe('ports', () => {
  const place = {host: '10.9.0.2', path: '/exports/nfs-vol', uid: 0, gid: 0}
  const expose = () => {
    const request = shareRequest()
    return exposeVolume({request, volume: {name: request.name, create: true}}, world.adapters, {})
  }

  it('are those of every server that is served or registered, each host once', async () => {
    expect(await world.check('ports.hosts')).toMatchObject({state: 'ok', evidence: says(/none yet/)})
    await expose()
    world.stores.push('nfs://10.9.0.2/exports/nfs-vol?uid=0&gid=0:a', 'nfs://10.9.9.9/x?uid=0&gid=0:b')
    const ports = (await world.look()).groups.find(({id}) => id === 'ports')?.checks ?? []
    expect(ports.map(({id}) => id).sort()).toEqual(['ports.10.9.0.2', 'ports.10.9.9.9', 'ports.privileged'])
    expect(ports.find(({id}) => id === 'ports.10.9.0.2')).toMatchObject({
      state: 'ok',
      evidence: says(/port mapper, mountd at 32767, nfsd at 2049\.$/),
    })
  })

  it('fail where nobody answers, and not where somebody refuses', async () => {
    await expose()
    world.dead.set(place.host, {rung: 'nfsd', code: 'VN-NFS-PORT-REFUSED', finding: 'refused at port 2049'})
    expect(await world.check('ports.10.9.0.2')).toMatchObject({
      state: 'failed',
      code: 'VN-NFS-PORT-REFUSED',
      evidence: says(/the nfsd is not reached.*answered: port mapper, mountd at 32767/),
    })
    world.dead.set(place.host, {rung: 'mountd', code: 'VN-NFS-MNT-ACCES', finding: 'refused'})
    expect(await world.check('ports.10.9.0.2')).toMatchObject({state: 'ok', evidence: says(/mountd at 32767\.$/)})
  })

  it('say from which address they were asked', async () => {
    const report = await world.parts.nfs.preflight(place)
    expect(portsVerdict(report, '10.9.0.77').evidence).toContain('answers from 10.9.0.77')
    expect(portsVerdict(report, undefined).evidence).not.toContain('from')
  })

  it('below 1024 matter only for servers that demand them', async () => {
    expect(privilegedVerdict(true, [STRICT])).toMatchObject({state: 'ok'})
    expect(privilegedVerdict(false, [])).toMatchObject({state: 'ok', evidence: says(/Not for this user/)})
    const fix = ["vicnfs preflight 'nfs://10.9.0.2/exports/a?uid=0&gid=0' --from vch"]
    expect(privilegedVerdict(false, [STRICT])).toMatchObject({state: 'warning', evidence: says(/"a"/), fix})
    expect((await world.check('ports.privileged')).state).toBe('ok')
  })

  it('are not asked where neither servers nor stores are known', async () => {
    refuse(world.server.api)
    world.parts.vicMachine = () => Promise.reject(new VicnfsError('VN-SETTING-MISSING', 'Not set.'))
    expect(await world.check('ports.hosts')).toMatchObject({state: 'not-asked'})
  })
})

describe('the server image', () => {
  it('is looked for on both VCHs; that it is missing is no fault', async () => {
    world.server.api.hasImage = (image) => Promise.resolve(image === 'vicnfs/server:1')
    expect(await world.check('image.server')).toMatchObject({state: 'ok'})
    expect(await world.check('image.consumer')).toMatchObject({
      state: 'warning',
      evidence: says(/verify pulls it/),
      fix: ['docker -H tcp://consumer:2376 pull vicnfs/server:1'],
    })
    refuse(world.consumer.api)
    expect(await world.check('image.consumer')).toMatchObject({state: 'not-asked'})
    world.server.api.hasImage = () => Promise.reject(new VicnfsError('VN-VCH-API', 'It failed.'))
    expect(await world.check('image.server')).toMatchObject({state: 'failed', code: 'VN-VCH-API'})
  })
})
