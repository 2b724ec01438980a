import {rm} from 'node:fs/promises'
import {afterEach, beforeEach, describe, expect, it} from '@jest/globals'
import {VicnfsError} from '../../../../src/model/vicnfs-error.js'
import {doctorWorld, refuse, type DoctorWorld} from '../../../helpers/doctor-world.js'
import {makeTempDirectory} from '../../../helpers/temp-directory.js'

let directory: string
let world: DoctorWorld
beforeEach(async () => {
  directory = await makeTempDirectory()
  world = await doctorWorld(directory)
})
afterEach(() => rm(directory, {recursive: true, force: true}))

const ENGINE = {kind: 'docker-engine', name: 'host', version: '28.0', running: true, onlineStores: [], networkNames: []}

describe('the Docker APIs', () => {
  it('are looked at apart, or once where they are one', async () => {
    const ids = (await world.look()).groups.find(({id}) => id === 'docker')?.checks.map(({id}) => id) ?? []
    expect(ids).toHaveLength(12)
    const one = await doctorWorld(directory, {split: false})
    const checks = (await one.look()).groups.find(({id}) => id === 'docker')?.checks ?? []
    expect(checks.map(({id, state}) => `${id} ${state}`)).toEqual([
      'docker.vch.endpoint ok',
      'docker.vch.tls ok',
      'docker.vch.answers ok',
      'docker.vch.kind ok',
      'docker.vch.running ok',
      'docker.vch.version ok',
    ])
  })

  it('say where they were found, and of the TLS files why not', async () => {
    const evidence = expect.stringContaining('--consumer-host')
    expect(await world.check('docker.consumer.endpoint')).toMatchObject({state: 'ok', evidence})
    world.parts.server = () => Promise.reject(new VicnfsError('VN-VCH-CERT-MISSING', 'There is no ca.pem in /certs.'))
    const found = await world.check('docker.server.endpoint')
    expect(found).toMatchObject({
      state: 'failed',
      code: 'VN-VCH-CERT-MISSING',
      evidence: expect.stringContaining('ca.pem'),
    })
    expect(await world.check('docker.server.tls')).toMatchObject({state: 'not-asked'})
    expect(await world.check('docker.consumer.answers')).toMatchObject({state: 'ok'})
    world.parts.server = () => Promise.reject(new VicnfsError('VN-VCH-NO-ENDPOINT', 'It is not known.'))
    expect(await world.check('docker.server.endpoint')).toMatchObject({state: 'not-asked'})
  })

  it('warn where TLS is missing, unchecked or careless', async () => {
    const {server} = world
    const tls = () => world.check('docker.server.tls')
    expect(await tls()).toMatchObject({state: 'ok', evidence: expect.stringContaining('/certs')})
    server.warnings = ['The key can be read by others.']
    expect(await tls()).toMatchObject({state: 'warning', evidence: 'The key can be read by others.'})
    server.warnings = []
    server.endpoint = {...server.endpoint, verify: false}
    expect(await tls()).toMatchObject({state: 'warning', evidence: expect.stringContaining('not checked')})
    server.endpoint = {...server.endpoint, protocol: 'http', verify: true}
    expect(await tls()).toMatchObject({state: 'warning', evidence: expect.stringContaining('commands everything')})
    server.endpoint = {...server.endpoint, protocol: 'unix'}
    expect(await tls()).toMatchObject({state: 'ok'})
  })

  it('fail by themselves when one does not answer', async () => {
    refuse(world.server.api)
    expect(await world.check('docker.server.answers')).toMatchObject({state: 'failed', code: 'VN-VCH-UNREACHABLE'})
    expect(await world.check('docker.server.version')).toMatchObject({state: 'not-asked'})
    for (const id of ['networks.usable', 'image.server', 'shares.servers']) {
      expect(await world.check(id)).toMatchObject({state: 'not-asked', evidence: expect.stringContaining('server VCH')})
    }
    expect(await world.check('docker.consumer.kind')).toMatchObject({state: 'ok'})
  })

  it('are a VCH of a supported release that runs, or an engine that can only serve', async () => {
    const {server, consumer} = world
    const info = await server.api.info()
    server.api.info = () => Promise.resolve({...info, running: false})
    expect(await world.check('docker.server.running')).toMatchObject({state: 'failed', code: 'VN-VCH-PORT-LAYER-DOWN'})
    server.api.info = () => Promise.resolve({...info, version: '1.1.1'})
    expect(await world.check('docker.server.kind')).toMatchObject({state: 'failed', code: 'VN-VIC-UNSUPPORTED'})
    for (const side of [server, consumer]) side.api.info = () => Promise.resolve(ENGINE as typeof info)
    expect(await world.check('docker.server.kind')).toMatchObject({
      state: 'ok',
      evidence: expect.stringMatching(/serve/),
    })
    expect(await world.check('docker.consumer.kind')).toMatchObject({state: 'warning', code: 'VN-NOT-A-VCH'})
    expect(await world.check('docker.server.running')).toMatchObject({state: 'ok'})
    expect(await world.check('networks.usable')).toMatchObject({
      state: 'ok',
      evidence: expect.stringMatching(/published/),
    })
  })

  it('speak the version of a VCH', async () => {
    expect(await world.check('docker.server.version')).toMatchObject({state: 'ok', evidence: '1.25, from 1.19 on.'})
    world.server.api.apiVersions = () => Promise.resolve({newest: '1.24'})
    expect(await world.check('docker.server.version')).toMatchObject({state: 'warning'})
    world.server.api.apiVersions = () => Promise.resolve({newest: '1.52', oldest: '1.44'})
    expect(await world.check('docker.server.version')).toMatchObject({state: 'failed', code: 'VN-VCH-UNSUPPORTED'})
    world.server.api.apiVersions = () => Promise.resolve({newest: '1.100'})
    expect(await world.check('docker.server.version')).toMatchObject({state: 'ok', evidence: '1.100.'})
    world.server.api.apiVersions = () => Promise.reject(new VicnfsError('VN-VCH-TIMEOUT', 'No answer.'))
    expect(await world.check('docker.server.version')).toMatchObject({state: 'failed', code: 'VN-VCH-TIMEOUT'})
  })
})

describe('the right VCH (S10)', () => {
  it('is proven by endpoint and name', async () => {
    expect(await world.check('same.vch')).toMatchObject({state: 'ok', evidence: expect.stringContaining('"consumer"')})
    world.parts.sameEndpoint = () => Promise.resolve(false)
    const found = await world.check('same.vch')
    expect(found).toMatchObject({state: 'failed', code: 'VN-DIFFERENT-VCH'})
    expect(found.fix).toEqual(['export VICNFS_CONSUMER_HOST=consumer:2376', 'export VICNFS_VCH=consumer'])
  })

  it('is half proven while the API does not answer, and not at all for an engine or without vic-machine', async () => {
    refuse(world.consumer.api)
    expect(await world.check('same.vch')).toMatchObject({state: 'warning', evidence: expect.stringContaining('name')})
    world.consumer.api.info = () => Promise.resolve(ENGINE as never)
    expect(await world.check('same.vch')).toMatchObject({state: 'not-asked'})
    world.parts.vicMachine = () => Promise.reject(new VicnfsError('VN-SETTING-MISSING', 'It is not set.'))
    expect(await world.check('same.vch')).toMatchObject({state: 'not-asked'})
  })
})
