import {describe, expect, it} from '@jest/globals'
import {readFileSync, readdirSync} from 'node:fs'
import path from 'node:path'
import {setTimeout as delay} from 'node:timers/promises'
import {
  logText,
  nfsStore,
  online,
  reconfigure,
  refused,
  server,
  start,
  untilLog,
  untilLogged,
  vch,
} from './endpoint-bench.js'

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
    // Once more than before it was powered off.
    await untilLogged(id, /ready[^]*ready/)
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
