/* eslint-disable @typescript-eslint/no-unsafe-return -- the documents of the Docker API are walked as they come */
import {afterAll, beforeAll, describe, expect, it} from '@jest/globals'
import {existsSync} from 'node:fs'
import {startVch, type TestVch} from './test-vch.js'

describe('volumes of a VCH', () => {
  let vch: TestVch
  beforeAll(async () => void (vch = await startVch()))
  afterAll(() => vch.close())
  const create = (body: unknown) => vch.request('POST', '/volumes/create', body)

  it('echoes the driver at create and shows vsphere and the options as sent afterwards', async () => {
    const made = await create({
      Name: 'v1',
      Driver: 'local',
      DriverOpts: {volumestore: 'default', CAPACITY: '10240'},
      Labels: {a: 'b'},
    })
    expect([made.status, made.json()]).toEqual([
      201,
      {Driver: 'local', Labels: {a: 'b'}, Mountpoint: '6654c734ccab8f44', Name: 'v1', Options: null, Scope: ''},
    ])
    const seen = (await vch.request('GET', '/volumes/v1')).json()
    expect([seen.Driver, seen.Options, seen.Labels]).toEqual([
      'vsphere',
      {volumestore: 'default', CAPACITY: '10240'},
      {a: 'b'},
    ])
    expect(existsSync(vch.store.volumeDirectory('v1'))).toBe(true)
  })

  it.each([
    [{Name: 'x'}, 'error looking up volume plugin : plugin not found'],
    [{Name: 'x', Driver: 'nfs'}, 'error looking up volume plugin nfs: plugin not found'],
    [{Name: 'x', Driver: 'vsphere', DriverOpts: {foo: '1'}}, 'bad driver value - foo is not a supported option'],
    [{Name: 'x', Driver: 'vsphere', DriverOpts: {Capacity: '10GiB'}}, "bad driver value - invalid size: '10GiB'"],
    [{Name: 'x', Driver: 'vsphere', DriverOpts: {Capacity: '0'}}, 'bad driver value - Invalid size: 0'],
    [
      {Name: 'x', Driver: 'vsphere', DriverOpts: {Capacity: 10}},
      'json: cannot unmarshal number into Go value of type string',
    ],
    [{Name: 'x', Driver: 'vsphere', DriverOpts: {VolumeStore: ''}}, 'No volume store named () exists'],
    [{Name: 'x', Driver: 'vsphere', DriverOpts: {VolumeStore: 'Default'}}, 'No volume store named (Default) exists'],
    [
      {Name: 'test???', Driver: 'vsphere'},
      'volume name "test???" includes invalid characters, only "[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed',
    ],
  ])('refuses %j with 500', async (body, message) => {
    const answer = await create(body)
    expect([answer.status, answer.json().message]).toEqual([500, message])
    expect((await vch.request('GET', '/volumes/x')).status).toBe(404)
  })

  it('shows no path of this machine when there can be no such disk', async () => {
    const answer = await create({Name: 'x'.repeat(300), Driver: 'local'})
    expect([answer.status, answer.json().message]).toEqual([
      500,
      expect.stringMatching(/^\[POST \/storage\/volumes\]\[500\] createVolumeInternalServerError/),
    ])
  })

  it('refuses a second volume of a name, where docker returns the first', async () => {
    await create({Name: 'twice', Driver: 'local'})
    const again = await create({Name: 'twice', Driver: 'local'})
    expect(again.status).toBe(500)
    expect(again.json().message).toBe('A volume named twice already exists. Choose a different volume name.')
  })

  it('accepts less than one MB, as VIC wrongly does', async () => {
    expect((await create({Name: 'tiny', Driver: 'local', DriverOpts: {Capacity: '500KB'}})).status).toBe(201)
  })

  it('invents a UUID for a volume without a name', async () => {
    expect((await create({Driver: 'vsphere'})).json().Name).toMatch(/^[0-9a-f]{8}-[0-9a-f-]{27}$/)
  })

  it('filters by name, label and dangling and refuses other filters', async () => {
    await create({Name: 'lab1', Driver: 'local', Labels: {role: 'x'}})
    const list = async (filters: object) => {
      const answer = await vch.request('GET', `/volumes?filters=${encodeURIComponent(JSON.stringify(filters))}`)
      return answer.status === 200
        ? (answer.json().Volumes ?? []).map((one: {Name: string}) => one.Name)
        : answer.json().message
    }
    expect(await list({label: {'role=x': true}})).toEqual(['lab1'])
    expect(await list({name: ['lab']})).toEqual(['lab1'])
    expect(await list({dangling: ['false']})).toEqual([])
    expect(await list({driver: {vsphere: true}, name: {lab1: true}})).toEqual(['lab1'])
    expect(await list({size: {'1': true}})).toBe("Invalid filter 'size'")
  })

  it('cannot remove a volume that any container has, also a stopped one', async () => {
    await create({Name: 'used', Driver: 'local'})
    const made = (
      await vch.request('POST', '/containers/create', {
        Image: 'busybox',
        Cmd: ['true'],
        HostConfig: {Binds: ['used:/d']},
      })
    ).json()
    const busy = await vch.request('DELETE', '/volumes/used')
    expect([busy.status, busy.json().message]).toEqual([409, `volume used in use by ${made.Id}`])
    expect((await vch.request('DELETE', `/containers/${made.Id}?v=1`)).status).toBe(204)
    expect((await vch.request('DELETE', '/volumes/used')).status).toBe(204)
    const gone = await vch.request('DELETE', '/volumes/used')
    expect([gone.status, gone.json().message]).toEqual([404, 'Get used: no such volume'])
    expect(existsSync(vch.store.volumeDirectory('used'))).toBe(false)
  })

  it('makes a volume that a bind names and that is missing: a typo makes a volume', async () => {
    const made = (
      await vch.request('POST', '/containers/create', {
        Image: 'busybox',
        Cmd: ['true'],
        HostConfig: {Binds: ['tpyo:/d']},
      })
    ).json()
    expect((await vch.request('GET', '/volumes/tpyo')).json().Options).toEqual({})
    await vch.request('DELETE', `/containers/${made.Id}`)
  })

  it('removes anonymous volumes with v=1 and keeps named ones', async () => {
    const body = {Image: 'busybox', Cmd: ['true'], Volumes: {'/anon': {}}, HostConfig: {Binds: ['named:/n']}}
    const {Id} = (await vch.request('POST', '/containers/create', body)).json()
    const [anonymous] = vch.store.state.containers.find((one) => one.id === Id)?.mounts ?? []
    expect((await vch.request('GET', `/volumes/${anonymous?.volume}`)).status).toBe(200)
    await vch.request('DELETE', `/containers/${Id}?v=1`)
    expect((await vch.request('GET', `/volumes/${anonymous?.volume}`)).status).toBe(404)
    expect((await vch.request('GET', '/volumes/named')).status).toBe(200)
  })
})
