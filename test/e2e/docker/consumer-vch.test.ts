import {afterAll, beforeAll, describe, expect, it} from '@jest/globals'
import {readFile} from 'node:fs/promises'
import path from 'node:path'
import {setTimeout as delay} from 'node:timers/promises'

import type {SandboxHandle} from '../../../src/sandbox/lifecycle/handle.js'
import {closeOpened} from '../../helpers/close-opened.js'
import {openDockerEngine, type DockerEngine} from '../../helpers/docker-engine.js'
import {openSandboxBench, type SandboxBench} from '../../helpers/sandbox-bench.js'
import {docker, onlineStores, withControl} from '../../helpers/stand-in-world.js'
import {untilServerReady} from '../../helpers/until-server-ready.js'
import {canTestOnDebian} from '../not-tested.js'

const NETWORK = 'storage-net'
const VOLUME = 'nfs-vol'
const SERVER = `vicnfs-${VOLUME}`
const FOLDER = `/exports/${VOLUME}`
const STORE = 'shared'
/** Between two looks: they would take the core that what is waited for needs. */
const POLL_MS = 50

const describeOnDebian = canTestOnDebian('a VCH on a real server') ? describe : describe.skip

let engine: DockerEngine
let bench: SandboxBench
let vch: SandboxHandle
let image: string

async function vicnfs(...argv: string[]) {
  const env = {...vch.environment('consumer'), DOCKER_HOST: engine.env['DOCKER_HOST']}
  const {exitCode, json} = await bench.run([...argv, '--json'], env)
  const {result, error} = json as {readonly result: unknown; readonly error: unknown}
  return {exitCode, result, error}
}

const address = () => engine.subnet(1).address(2)
const expose = () => vicnfs('expose-volume', VOLUME, '--create', '--network', NETWORK, '--ip', address())
/** What a volume of the Engine holds, seen past every server. */
const onVolume = (command: string) =>
  engine.dockerSays('run', '--rm', '--volume', `${VOLUME}:/v`, engine.baseImage, 'sh', '-c', command)
const filesOnVolume = () => onVolume('cd /v && find . | sort')

const createVolume = (name: string) =>
  docker(vch, 'POST', '/volumes/create', {Name: name, Driver: 'vsphere', DriverOpts: {VolumeStore: STORE}})

async function powerCycle(): Promise<void> {
  await withControl(vch, async (control) => {
    await control.vchPowerOff()
    await control.vchPowerOn()
  })
}

const apiStatus = async () => (await docker(vch, 'GET', '/info').catch(() => ({status: 0}))).status

async function portLayerExits(): Promise<number> {
  const log = await readFile(path.join(vch.directory, 'port-layer.log'), 'utf8')
  return log.split('port layer exits: ').length - 1
}

async function untilItAnswers(): Promise<void> {
  while ((await apiStatus()) !== 200) await delay(POLL_MS)
}

/** The stand-in of a parked server, made by hand. */
async function park(): Promise<void> {
  const place = ['--network', NETWORK, '--ip', address(), '--cap-add', 'DAC_READ_SEARCH', '--cap-add', 'SYS_ADMIN']
  const settings = ['--env', 'PARKED=1', '--env', `EXPORT_FOLDER=${FOLDER}`, '--env', 'NFS_BACKEND=ganesha']
  await engine.dockerSays('run', '--detach', '--name', 'parked', ...place, ...settings, image)
  await untilServerReady(engine, 'parked')
}

describeOnDebian('an emulated VCH whose store is served by the real image', () => {
  beforeAll(async () => {
    engine = await openDockerEngine()
    image = await engine.buildServerImage()
    await engine.createContainerNetwork(NETWORK, engine.subnet(1))
    bench = await openSandboxBench()
    // The image answers at the standard port, whatever port sandboxes would have to take here.
    vch = await bench.start('consumer', {portmapPort: 111})
    expect(await expose()).toMatchObject({exitCode: 0, result: {outcome: 'created'}})
  })
  afterAll(async () => {
    await closeOpened(bench, engine)
  })

  it('registers the share by its URL, boots on it, and has the store online', async () => {
    const url = `nfs://${address()}${FOLDER}?uid=0&gid=0`
    const registered = await vicnfs('register-store', STORE, '--url', url, '--yes')
    expect(registered).toMatchObject({exitCode: 0, result: {outcome: 'registered', label: STORE}})
    expect(await onlineStores(vch)).toEqual(['default', STORE])
    expect(await filesOnVolume()).toContain('./.vicnfs/consumer.json')
  })

  it('lets two containers share data through it, both ways', async () => {
    const {exitCode, result} = await vicnfs('verify', STORE)
    expect(exitCode).toBe(0)
    const proof = result as Record<'aWrote' | 'bRead' | 'bWrote' | 'aRead', string>
    expect([proof.bRead, proof.aRead]).toEqual([proof.aWrote, proof.bWrote])
    expect(proof.aWrote).toMatch(/\S/)
  })

  it('makes its volumes on the volume of the Engine', async () => {
    expect(await filesOnVolume()).not.toContain('./volumes/kept')
    expect((await createVolume('kept')).status).toBe(201)
    expect((await filesOnVolume()).split('\n')).toContain('./volumes/kept')
  })

  it('keeps the server while the store is there', async () => {
    expect(await vicnfs('teardown', VOLUME)).toMatchObject({error: {code: 'VN-CONSENT-MISSING'}})
    expect(await engine.dockerSays('inspect', '--format', '{{.State.Running}}', SERVER)).toBe('true')
  })

  it('does not boot without its server, and boots on a parked one, which takes nothing', async () => {
    const kept = await filesOnVolume()
    await engine.dockerSays('rm', '--force', SERVER)
    // Somebody else at its address refuses at once, where an address of nobody takes a minute.
    const place = ['--network', NETWORK, '--ip', address()]
    await engine.dockerSays('run', '--detach', '--name', 'somebody', ...place, engine.baseImage, 'sleep', 'infinity')
    const exits = await portLayerExits()
    await powerCycle()
    // The control: from VIC 1.5.2 on the port layer ends, and is started again, for ever.
    while ((await portLayerExits()) < exits + 2) {
      expect(await apiStatus()).not.toBe(200)
      await delay(POLL_MS)
    }

    await engine.dockerSays('rm', '--force', 'somebody')
    await park()
    await untilItAnswers()
    expect(await onlineStores(vch)).toEqual(['default', STORE])
    expect(await createVolume('while-parked')).toMatchObject({status: 500})
    const parked = await engine.dockerSays('exec', 'parked', 'sh', '-c', `cd ${FOLDER} && find . | sort`)
    expect(parked.split('\n')).toEqual(['.', './volumes', './volumes_metadata'])
    expect(await filesOnVolume()).toBe(kept)

    // The control: the real server at the same address, and the same call makes the volume.
    await engine.dockerSays('rm', '--force', 'parked')
    expect(await expose()).toMatchObject({exitCode: 0, result: {outcome: 'created'}})
    await powerCycle()
    await untilItAnswers()
    expect((await createVolume('while-parked')).status).toBe(201)
    expect((await filesOnVolume()).split('\n')).toEqual(
      expect.arrayContaining(['./volumes/kept', './volumes/while-parked']),
    )
  })

  it('is un-registered by teardown, which keeps the data', async () => {
    for (const name of ['kept', 'while-parked']) {
      expect((await docker(vch, 'DELETE', `/volumes/${name}`)).status).toBe(204)
    }
    await onVolume('echo mine > /v/mine')
    const gone = await vicnfs('teardown', VOLUME, '--yes')
    expect(gone).toMatchObject({exitCode: 0, result: {outcome: 'removed', unregistered: [STORE], data: 'kept'}})
    expect(await onlineStores(vch)).toEqual(['default'])
    expect(await engine.dockerSays('ps', '--all', '--quiet')).toBe('')
    expect(await onVolume('cat /v/mine')).toBe('mine')
  })
})
