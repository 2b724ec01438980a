/* eslint-disable @typescript-eslint/no-unsafe-return -- the documents of the Docker API are walked as they come */
import {afterEach, describe, expect, it} from '@jest/globals'
import {existsSync, readFileSync, readdirSync} from 'node:fs'
import path from 'node:path'
import {setTimeout as delay} from 'node:timers/promises'
import type {NetworkState} from '../../../../src/sandbox/state/sandbox-state.js'
import {DS_STORE, startVch, type TestVch, type TestVchOptions} from '../docker-api/test-vch.js'

const EXPORT_OPTS = 'EXPORT_OPTS=*(rw,sync,no_subtree_check,insecure,no_root_squash)'
const PORTS = {'111/tcp': [{HostPort: '111'}], '2049/tcp': [{HostPort: '2049'}], '32767/tcp': [{HostPort: '32767'}]}

let vch: TestVch
const start = async (options: TestVchOptions = {}): Promise<void> => void (vch = await startVch(options))
afterEach(() => vch.close())

const nfsStore = (host: string, query = 'uid=0&gid=0', exportPath = '/export') =>
  ({label: 'nfs-store', scheme: 'nfs', host, path: exportPath, query, argument: ''}) as const

interface ServerOptions {
  readonly network?: string
  readonly ports?: object
  readonly env?: readonly string[]
  readonly folder?: string
  readonly volume?: string
}

async function untilLogged(id: string, text: string): Promise<void> {
  for (;;) {
    const answer = await vch.request('GET', `/containers/${id}/logs?stdout=1`)
    if (answer.text.includes(text)) return
    if (vch.containers.need(id).power === 'exited') throw new Error(answer.text)
    await delay(10)
  }
}

/** Starts a server container and waits for its ready line. @returns id and address */
async function server(options: ServerOptions = {}): Promise<{readonly id: string; readonly address: string}> {
  const {network = 'public', ports = PORTS, env = [], folder = '/export', volume = 'disk'} = options
  const made = await vch.request('POST', '/containers/create', {
    Image: 'vicnfs/nfs-server:0.1',
    Env: [`EXPORT_FOLDER=${folder}`, EXPORT_OPTS, ...env],
    HostConfig: {Binds: [`${volume}:/export`], NetworkMode: network, PortBindings: ports},
  })
  const id = made.json().Id as string
  const started = await vch.request('POST', `/containers/${id}/start`)
  if (started.status !== 204) throw new Error(started.text)
  await untilLogged(id, 'ready')
  return {id, address: vch.containers.need(id).address}
}

async function reconfigure(...stores: ReturnType<typeof nfsStore>[]): Promise<void> {
  await vch.endpoint.powerOff()
  vch.store.update((state) => void (state.guestInfo = {stores: [DS_STORE, ...stores]}))
  vch.endpoint.powerOn()
}

const online = async (): Promise<string[]> =>
  (await vch.request('GET', '/info')).json().SystemStatus[0][1].split(' ').sort()
const logText = (): string => readFileSync(path.join(vch.store.directory, 'port-layer.log'), 'utf8')
const refused = (): Promise<unknown> =>
  expect(vch.request('GET', '/_ping')).rejects.toMatchObject({code: 'ECONNREFUSED'})

async function untilLog(pattern: RegExp): Promise<void> {
  while (!existsSync(path.join(vch.store.directory, 'port-layer.log')) || !pattern.test(logText())) await delay(5)
}

describe('boot of the endpoint VM', () => {
  it('refuses connections while it is off, leaves the socket file, and containers run on', async () => {
    await start()
    const {id} = await server()
    const pid = vch.containers.need(id).pid ?? 0
    await vch.endpoint.powerOff()
    await refused()
    expect(vch.endpoint.report).toEqual({clientAddress: '', componentsStarted: false})
    expect(vch.store.state.power).toBe('off')
    process.kill(pid, 0)
    vch.endpoint.powerOn()
    await vch.untilUp()
    expect(vch.endpoint.report).toEqual({clientAddress: vch.store.state.publicAddress, componentsStarted: true})
    expect((await vch.request('GET', `/containers/${id}/json`)).json().State.Status).toBe('running')
  })

  it('mounts an NFS store, makes its folders and reads the volumes that are there', async () => {
    await start()
    const {address} = await server()
    await reconfigure(nfsStore(address))
    await vch.untilUp()
    expect(await online()).toEqual(['default', 'nfs-store'])
    const body = {
      Name: 'shared',
      Driver: 'local',
      DriverOpts: {VolumeStore: 'nfs-store', Capacity: '5GB'},
      Labels: {a: 'b'},
    }
    expect((await vch.request('POST', '/volumes/create', body)).status).toBe(201)
    expect((await vch.request('POST', '/volumes/create', body)).json().message).toMatch(
      /^A volume named shared already exists/,
    )
    const disk = vch.store.volumeDirectory('disk')
    expect(readdirSync(disk).sort()).toEqual(['volumes', 'volumes_metadata'])
    const metadata = JSON.parse(readFileSync(path.join(disk, 'volumes_metadata/shared/DockerMetaData'), 'utf8'))
    expect(metadata).toMatchObject({
      Driver: 'local',
      Name: 'shared',
      Labels: {a: 'b'},
      DriverOpts: {VolumeStore: 'nfs-store'},
    })
    await reconfigure(nfsStore(address))
    await vch.untilUp()
    const again = (await vch.request('GET', '/volumes/shared')).json()
    expect([again.Labels, again.Options.VolumeStore]).toEqual([{a: 'b'}, 'nfs-store'])
    expect((await vch.request('DELETE', '/volumes/shared')).status).toBe(204)
    expect(readdirSync(path.join(disk, 'volumes'))).toEqual([])
  })

  it('from 1.5.2 on loops while a store fails, and gets through when the server VM is powered on in vSphere', async () => {
    await start()
    const {id, address} = await server()
    await vch.containers.powerOff(id)
    await reconfigure(nfsStore(address))
    await untilLog(/FATAL port layer exits: volume store nfs-store[^]*FATAL port layer exits/)
    expect(logText()).toContain(`dial tcp ${address}:${vch.store.state.portmapPort}: getsockopt: connection refused`)
    await refused()
    await vch.containers.powerOn(id)
    await vch.untilUp()
    expect(await online()).toEqual(['default', 'nfs-store'])
  })

  it.each(['1.2.1', '1.4.3', '1.5.0'])('VIC %s leaves a failed store out until the next boot', async (vicVersion) => {
    await start({vicVersion})
    const {id, address} = await server()
    await vch.containers.powerOff(id)
    await reconfigure(nfsStore(address))
    await vch.untilUp()
    expect(await online()).toEqual(['default'])
    const answer = await vch.request('POST', '/volumes/create', {
      Name: 'x',
      Driver: 'local',
      DriverOpts: {VolumeStore: 'nfs-store'},
    })
    expect(answer.json().message).toBe('No volume store named (nfs-store) exists')
    await vch.containers.powerOn(id)
    await untilLogged(id, 'ready')
    expect(await online()).toEqual(['default'])
  })

  it.each([
    ['a port in the URL', (address: string) => nfsStore(`${address}:2049`), /too many colons in address/],
    ['an unknown export', (address: string) => nfsStore(address, '', '/other'), /MNT3ERR_NOENT|MNT3ERR_ACCES/],
    ['a uid that may not write', (address: string) => nfsStore(address, ''), /MKDIR volumes: NFS3ERR_ACCES/],
  ])('a store fails on %s', async (_what, store, pattern) => {
    await start()
    const {address} = await server({env: ['EXPORT_UID=0', 'EXPORT_GID=0', 'EXPORT_MODE=755']})
    await reconfigure(store(address))
    await untilLog(pattern)
    expect(vch.endpoint.report.componentsStarted).toBe(true)
    await refused()
  })

  it('reaches a server only through the ports that its network lets in', async () => {
    await start()
    const {id, address} = await server({ports: {'2049/tcp': [], '32767/tcp': []}})
    await reconfigure(nfsStore(address))
    await untilLog(/FATAL/)
    expect(vch.containers.need(id).power).toBe('running')
    await refused()
  })

  it('needs no published port on an open network', async () => {
    await start()
    const {address} = await server({network: 'open-net', ports: {}})
    await reconfigure(nfsStore(address))
    await vch.untilUp()
    expect(await online()).toEqual(['default', 'nfs-store'])
  })

  it('cannot mount a share through a port mapping of its own: NAT comes after the stores', async () => {
    await start()
    const {id} = await server({network: 'bridge'})
    await reconfigure(nfsStore(vch.store.state.publicAddress))
    await untilLog(/FATAL/)
    expect(logText()).toContain(
      `dial tcp ${vch.store.state.publicAddress}:${vch.store.state.portmapPort}: getsockopt: connection refused`,
    )
    expect(vch.containers.need(id).power).toBe('running')
    await refused()
  })

  it('serves a nested folder of the volume', async () => {
    await start()
    const {address} = await server({folder: '/export/a/b'})
    await reconfigure(nfsStore(address, 'uid=0&gid=0', '/export/a/b'))
    await vch.untilUp()
    expect(readdirSync(path.join(vch.store.volumeDirectory('disk'), 'a', 'b')).sort()).toEqual([
      'volumes',
      'volumes_metadata',
    ])
  })

  it('forgets ignored HostConfig fields and keeps labels, environment, network and mounts', async () => {
    await start()
    const HostConfig = {Privileged: true, Binds: ['kept:/k'], NetworkMode: 'public'}
    const {Id} = (
      await vch.request('POST', '/containers/create', {
        Image: 'busybox',
        Cmd: ['true'],
        Env: ['A=b'],
        Labels: {l: 'm'},
        HostConfig,
      })
    ).json()
    const before = (await vch.request('GET', `/containers/${Id}/json`)).json()
    expect([before.HostConfig.Privileged, before.HostConfig.Binds]).toEqual([true, ['kept:/k']])
    await reconfigure()
    await vch.untilUp()
    const after = (await vch.request('GET', `/containers/${Id}/json`)).json()
    expect([after.HostConfig.Privileged, after.HostConfig.Binds]).toEqual([undefined, ['kept:/k:rw']])
    expect(after.HostConfig.NetworkMode).toBe('public')
    expect([after.Config.Labels, after.Config.Env, after.Mounts]).toEqual([{l: 'm'}, ['A=b'], before.Mounts])
  })

  it('can be powered off in the middle of a boot', async () => {
    await start({off: true, state: {guestInfo: {stores: [nfsStore('127.0.0.1')]}}})
    vch.endpoint.powerOn()
    await untilLog(/FATAL/)
    await vch.endpoint.powerOff()
    const length = logText().length
    await delay(60)
    expect(logText()).toHaveLength(length)
  })
})

describe('addresses over a restart', () => {
  it.each([
    ['1.5.8', true],
    ['1.5.0', false],
  ])('VIC %s keeps an assigned address of a stopped container: %s', async (vicVersion, keeps) => {
    await start({vicVersion})
    const make = async (): Promise<string> => {
      const body = {Image: 'busybox', Cmd: ['sleep', '60'], HostConfig: {NetworkMode: 'public'}}
      const {Id} = (await vch.request('POST', '/containers/create', body)).json()
      await vch.request('POST', `/containers/${Id}/start`)
      return Id
    }
    const first = await make()
    const address = vch.containers.need(first).address
    await vch.request('POST', `/containers/${first}/stop?t=1`)
    const second = await make()
    await vch.request('POST', `/containers/${first}/start`)
    expect(vch.containers.need(second).address === address).toBe(!keeps)
    expect(vch.containers.need(first).address === address).toBe(keeps)
  })

  it('has no more addresses than its range', async () => {
    const networks = (subnet: string): NetworkState[] => [
      {
        name: 'bridge',
        id: 'b'.repeat(64),
        driver: 'bridge',
        trust: 'open',
        subnet: `${subnet}.0/24`,
        gateway: `${subnet}.1`,
        ipRange: `${subnet}.8/31`,
      },
    ]
    await start({networks})
    const answers: number[] = []
    for (let index = 0; index < 3; index++) {
      const {Id} = (await vch.request('POST', '/containers/create', {Image: 'busybox', Cmd: ['sleep', '60']})).json()
      answers.push((await vch.request('POST', `/containers/${Id}/start`)).status)
    }
    expect(answers).toEqual([204, 204, 500])
  })
})

describe('out of band', () => {
  it('notices a container VM that was powered off or deleted in vSphere', async () => {
    await start()
    const {id} = await server()
    await vch.containers.powerOff(id)
    expect((await vch.request('GET', `/containers/${id}/json`)).json().State.Status).toBe('exited')
    await vch.containers.destroy(id)
    expect((await vch.request('GET', `/containers/${id}/json`)).status).toBe(404)
  })

  it('keeps owners and modes of a volume for the next server container', async () => {
    await start()
    const first = await server({env: ['EXPORT_MODE=777']})
    await reconfigure(nfsStore(first.address, 'uid=1234'))
    await vch.untilUp()
    await vch.request('POST', '/volumes/create', {
      Name: 'owned',
      Driver: 'local',
      DriverOpts: {VolumeStore: 'nfs-store'},
    })
    await vch.request('DELETE', `/containers/${first.id}?force=1`)
    const second = await server()
    expect(second.address).toBe(first.address)
    const write = (User: string) =>
      vch.run({Cmd: ['touch', `by-${User}`], User, WorkingDir: '/d', HostConfig: {Binds: ['owned:/d']}})
    expect((await write('1234')).exitCode).toBe(0)
    const other = await write('1235')
    expect([other.exitCode, other.log]).toEqual([1, expect.stringContaining('NFS3ERR_ACCES')])
  })
})
