import {afterAll, beforeAll, describe, expect, it} from '@jest/globals'
import {statSync} from 'node:fs'
import {startVch, type TestVch} from './test-vch.js'

describe('the VCH itself', () => {
  let vch: TestVch
  beforeAll(async () => void (vch = await startVch()))
  afterAll(() => vch.close())

  it('answers GET /_ping and not HEAD /_ping', async () => {
    const get = await vch.request('GET', '/_ping')
    expect([get.status, get.text, get.headers['api-version'], get.headers['server']]).toEqual([
      200,
      'OK',
      '1.25',
      'Docker/1.25 (linux)',
    ])
    expect((await vch.request('HEAD', '/_ping')).status).toBe(404)
  })

  it('listens on a socket of mode 0600', () => {
    expect(statSync(vch.store.state.socketPath).mode & 0o777).toBe(0o600)
  })

  it.each([
    ['POST', '/build'],
    ['POST', '/session'],
    ['GET', '/distribution/busybox/json'],
    ['PUT', '/info'],
  ])('knows no %s %s: page not found, without its own headers', async (method, location) => {
    const answer = await vch.request(method, location)
    expect([answer.status, answer.json()]).toEqual([404, {message: 'page not found'}])
    expect(answer.headers['api-version']).toBeUndefined()
  })

  it('accepts newer versions in the path and refuses those before 1.19', async () => {
    expect((await vch.request('GET', '/v1.43/info')).status).toBe(200)
    const old = await vch.request('GET', '/v1.18/info')
    expect(old.status).toBe(400)
    expect(old.text).toContain('client version 1.18 is too old. Minimum supported API version is 1.19')
  })

  it('writes errors as text up to version 1.23 and as JSON after', async () => {
    const text = await vch.request('GET', '/v1.23/volumes/nope')
    expect([text.status, text.text, text.headers['content-type']]).toEqual([
      404,
      'No such volume: nope\n',
      'text/plain; charset=utf-8',
    ])
    expect((await vch.request('GET', '/v1.24/volumes/nope')).json()).toEqual({message: 'No such volume: nope'})
  })

  it('shows its version without v in /version and with v in /info', async () => {
    const version = (await vch.request('GET', '/version')).json()
    const info = (await vch.request('GET', '/info')).json()
    expect([version.Version, version.ApiVersion, version.MinAPIVersion]).toEqual(['1.5.8', '1.25', '1.19'])
    expect(version.Components).toBeUndefined()
    expect(info.ServerVersion).toMatch(/^v1\.5\.8-/)
    expect(info.Driver).toMatch(/^vSphere Integrated Containers (v\S+ )?Backend Engine$/)
  })

  it('has the /info of a VCH: constant id, OSType that is not linux, MHz for CPUs, VIC lines', async () => {
    const info = (await vch.request('GET', '/info')).json()
    expect(info.ID).toBe('vSphere Integrated Containers')
    expect([info.OSType, info.OperatingSystem, info.NCPU]).toEqual(['linux-x64', 'linux-x64', 29_300])
    expect(info.SystemStatus[0]).toEqual(['VolumeStores', 'default'])
    expect(info.SystemStatus[1]).toEqual([info.Driver, 'RUNNING'])
    expect(info.SystemStatus[2]).toEqual([' VCH CPU limit', '29300 MHz'])
    expect(info.DriverStatus).toBeNull()
    expect(info.Plugins.Volume).toEqual(['vsphere'])
    expect([...info.Plugins.Network].sort()).toEqual(vch.store.state.networks.map((one) => one.name).sort())
  })

  it.each([
    ['GET', '/containers/x/top', 'ContainerTop'],
    ['POST', '/containers/x/pause', 'ContainerPause'],
    ['POST', '/containers/x/unpause', 'ContainerUnpause'],
    ['POST', '/containers/x/update', 'ContainerUpdate'],
    ['GET', '/containers/x/export', 'ContainerExport'],
    ['POST', '/containers/prune', 'ContainersPrune'],
    ['GET', '/images/a/b/history', 'ImageHistory'],
    ['POST', '/images/a/b/push', 'PushImage'],
    ['POST', '/images/load', 'LoadImage'],
    ['POST', '/images/prune', 'ImagesPrune'],
    ['POST', '/networks/prune', 'NetworksPrune'],
    ['POST', '/volumes/prune', 'VolumesPrune'],
    ['GET', '/system/df', 'SystemDiskUsage'],
  ])('refuses %s %s as not implemented', async (method, location, name) => {
    const answer = await vch.request(method, location)
    expect([answer.status, answer.json().message]).toEqual([
      500,
      `vSphere Integrated Containers does not yet implement ${name}`,
    ])
  })

  // The words of VIC's swarm.go, plugins.go and errors.go.
  it.each([
    ['GET', '/swarm', 404, 'Docker Swarm is not yet supported'],
    ['GET', '/services/web', 404, 'Docker Swarm is not yet supported'],
    ['GET', '/services/web/logs', 500, 'vSphere Integrated Containers does not yet support Docker Swarm'],
    ['POST', '/swarm/init', 500, 'vSphere Integrated Containers does not yet support Docker Swarm'],
    ['GET', '/secrets', 500, 'vSphere Integrated Containers does not yet support Docker Swarm'],
    ['DELETE', '/nodes/n', 500, 'vSphere Integrated Containers does not yet support Docker Swarm'],
    ['GET', '/plugins', 500, 'vSphere Integrated Containers does not yet support plugins'],
    ['GET', '/plugins/vendor/name/json', 404, 'plugin vendor/name not found'],
    ['POST', '/plugins/vendor/name/enable', 500, 'vSphere Integrated Containers does not yet support plugins'],
  ])('refuses %s %s: %d %s', async (method, location, status, message) => {
    const answer = await vch.request(method, location)
    expect([answer.status, answer.json().message]).toEqual([status, message])
  })

  it('logs in anybody', async () => {
    const answer = await vch.request('POST', '/auth', {username: 'u', password: 'p'})
    expect(answer.json()).toEqual({Status: 'Login Succeeded', IdentityToken: ''})
  })

  it('has known images only, with ids that are bare in the list', async () => {
    const list = (await vch.request('GET', '/images/json')).json()
    expect(list.map((one: {RepoTags: string[]}) => one.RepoTags[0])).toEqual([
      'vicnfs/nfs-server:0.1',
      'busybox:latest',
      'vicnfs/data-only:latest',
    ])
    expect(list[0].Id).toMatch(/^[0-9a-f]{64}$/)
    expect((await vch.request('GET', '/images/vicnfs/nfs-server:0.1/json')).json().Id).toBe(`sha256:${list[0].Id}`)
    const unknown = await vch.request('GET', '/images/nope/json')
    expect([unknown.status, unknown.json().message]).toEqual([404, 'No such image: nope:latest'])
  })

  it.each([
    ['busybox', 'latest', undefined, 'Status: Image is up to date for library/busybox:latest'],
    ['busybox', 'faketag', 'Tag faketag not found in repository library/busybox', undefined],
    ['alpine', 'latest', 'Error while pulling image manifest: missing signature key', undefined],
  ])('answers a pull of %s:%s with 200 and says the rest in the stream', async (image, tag, error, status) => {
    const answer = await vch.request('POST', `/images/create?fromImage=${image}&tag=${tag}`)
    const last = JSON.parse(answer.text.trim().split('\n').at(-1) ?? '')
    expect([answer.status, last.error, last.status]).toEqual([200, error, status])
  })

  it('keeps an image that a container uses', async () => {
    const made = await vch.request('POST', '/containers/create', {Image: 'busybox', Cmd: ['true']})
    expect((await vch.request('DELETE', '/images/busybox')).status).toBe(409)
    await vch.request('DELETE', `/containers/${made.json().Id}`)
  })
})

describe('releases', () => {
  it.each([
    ['1.4.3', false, true],
    ['1.5.0', true, true],
    ['1.1.1', false, false],
  ])('VIC %s: storage lines %s, whitelist line %s', async (vicVersion, storage, whitelist) => {
    const vch = await startVch({vicVersion})
    try {
      const info = (await vch.request('GET', '/info')).json()
      const keys = info.SystemStatus.map((line: string[]) => line[0])
      expect([keys.includes(' VCH storage usage'), keys.includes(' Registry Whitelist Mode')]).toEqual([
        storage,
        whitelist,
      ])
    } finally {
      await vch.close()
    }
  })
})
