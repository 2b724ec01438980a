import {afterEach, describe, expect, it} from '@jest/globals'
import {apiOf, closeServers, ENGINE_INFO, VCH_INFO} from './scripted-server.js'

afterEach(closeServers)

const answering = (info: unknown) => apiOf(({path}) => (path === '/v1.25/info' ? {json: info} : undefined))

describe('info', () => {
  it('knows a VCH, its version, its stores and its networks', async () => {
    const {api, server} = await answering(VCH_INFO)
    expect(await api.info()).toEqual({
      kind: 'vch',
      name: 'vch-1',
      version: '1.5.8',
      running: true,
      onlineStores: ['default', 'nfs-store'],
      networkNames: ['bridge', 'public'],
    })
    expect(server.seen.map(({url}) => url)).toEqual(['/v1.25/info'])
  })

  it('knows a VCH of VIC 1.1', async () => {
    const Driver = 'vSphere Integrated Containers v1.1.0-rc3-0-c913391 Backend Engine'
    const {api} = await answering({
      ...VCH_INFO,
      Driver,
      ServerVersion: 'v1.1.0-rc3-0-c913391',
      SystemStatus: [
        ['VolumeStores', 'default'],
        [Driver, 'RUNNING'],
      ],
    })
    expect(await api.info()).toMatchObject({
      kind: 'vch',
      version: '1.1.0-rc3',
      running: true,
      onlineStores: ['default'],
    })
  })

  it('asks /version when the server version cannot be read', async () => {
    const {api} = await apiOf(({path}) => {
      if (path === '/v1.25/info') return {json: {...VCH_INFO, ServerVersion: 'dev'}}
      return path === '/v1.25/version' ? {json: {Version: '1.5.9-dev'}} : undefined
    })
    expect((await api.info()).version).toBe('1.5.9-dev')
  })

  it('says which versions of the API it speaks', async () => {
    const versioned = (json: unknown) => apiOf(({path}) => (path === '/v1.25/version' ? {json} : undefined))
    const vch = await versioned({ApiVersion: '1.25', MinAPIVersion: '1.19'})
    expect(await vch.api.apiVersions?.()).toEqual({newest: '1.25', oldest: '1.19'})
    const old = await versioned({ApiVersion: '1.23'})
    expect(await old.api.apiVersions?.()).toEqual({newest: '1.23'})
    const other = await versioned({version: 1})
    await expect(other.api.apiVersions?.()).rejects.toMatchObject({code: 'VN-VCH-NOT-DOCKER'})
  })

  it('is not running, and has no store, while the port layer is down', async () => {
    const {api} = await answering({...VCH_INFO, SystemStatus: [[VCH_INFO.Driver, 'STOPPED']]})
    expect(await api.info()).toMatchObject({running: false, onlineStores: []})
  })

  it('has no store where VolumeStores is empty', async () => {
    const SystemStatus = [
      ['VolumeStores', ''],
      [VCH_INFO.Driver, 'RUNNING'],
    ]
    expect((await (await answering({...VCH_INFO, SystemStatus})).api.info()).onlineStores).toEqual([])
  })

  it('says a Docker Engine to be one, with its networks and not its network drivers', async () => {
    const {api} = await apiOf(({path}) => {
      if (path === '/v1.25/info') return {json: ENGINE_INFO}
      return path === '/v1.25/networks'
        ? {
            json: [
              {Name: 'host', Id: '1'},
              {Name: 'bridge', Id: '2'},
            ],
          }
        : undefined
    })
    expect(await api.info()).toEqual({
      kind: 'docker-engine',
      name: 'laptop',
      version: '28.2.2',
      running: true,
      onlineStores: [],
      networkNames: ['bridge', 'host'],
    })
  })

  it('is not fooled by a driver of that name on another engine', async () => {
    const {api} = await apiOf(({path}) =>
      path === '/v1.25/info' ? {json: {...ENGINE_INFO, Driver: VCH_INFO.Driver}} : {json: []},
    )
    expect((await api.info()).kind).toBe('docker-engine')
  })

  it('speaks the oldest version of an engine that refuses 1.25', async () => {
    const message = 'client version 1.25 is too old. Minimum supported API version is 1.44, please upgrade'
    const {api, server} = await apiOf(({path}) => {
      if (path.startsWith('/v1.25/')) return {status: 400, json: {message}}
      return path === '/v1.44/info' ? {json: ENGINE_INFO} : {json: []}
    })
    expect((await api.info()).kind).toBe('docker-engine')
    await api.info()
    expect(server.seen.map(({path}) => path)).toEqual([
      '/v1.25/info',
      '/v1.44/info',
      '/v1.44/networks',
      '/v1.44/info',
      '/v1.44/networks',
    ])
  })

  it.each([[{}], [[]], ['text'], [null]])('takes %j for no Docker API', async (info) => {
    const {api} = await answering(info)
    await expect(api.info()).rejects.toMatchObject({code: 'VN-VCH-NOT-DOCKER'})
  })
})
