import {afterEach, describe, expect, it} from '@jest/globals'
import {apiOf, closeServers, ENGINE_INFO, VCH_INFO, type Answer, type Script, type Seen} from './scripted-server.js'

afterEach(closeServers)

const VOLUME = {
  Driver: 'vsphere',
  Labels: {a: 'b'},
  Mountpoint: '9f6e1e0d4c1a8b55',
  Name: 'data',
  Options: {Capacity: '10240', volumeSTORE: 'fast'},
  Scope: '',
}
const MISSING = {status: 404, json: {message: 'No such volume: data'}}

/** A VCH with one volume that appears at `POST /volumes/create`. */
function vchMaking(onCreate: (seen: Seen) => Answer): Script {
  let exists = false
  return (seen) => {
    if (seen.path === '/v1.25/info') return {json: VCH_INFO}
    if (seen.path === '/v1.25/volumes/data') return exists ? {json: VOLUME} : MISSING
    if (seen.path !== '/v1.25/volumes/create') return undefined
    exists = true
    return onCreate(seen)
  }
}

const refusing = (message: string) => vchMaking(() => ({status: 500, json: {message}}))

describe('inspectVolume', () => {
  it('reads the store in any case of its key, and the capacity in MB', async () => {
    const {api} = await apiOf(() => ({json: VOLUME}))
    expect(await api.inspectVolume('data')).toEqual({
      name: 'data',
      driver: 'vsphere',
      labels: {a: 'b'},
      store: 'fast',
      capacityMb: 10_240,
    })
  })

  it('takes the store "default" where none is said, and null labels for none', async () => {
    const {api} = await apiOf(() => ({json: {...VOLUME, Labels: null, Options: {Capacity: 'what?'}}}))
    expect(await api.inspectVolume('data')).toEqual({name: 'data', driver: 'vsphere', labels: {}, store: 'default'})
  })

  it('knows no store on a Docker Engine', async () => {
    const {api} = await apiOf(() => ({json: {...VOLUME, Driver: 'local', Options: null}}))
    expect(await api.inspectVolume('data')).toEqual({name: 'data', driver: 'local', labels: {a: 'b'}})
  })

  it('is undefined for a missing volume, but not for a missing route or a web page', async () => {
    expect(await (await apiOf(() => MISSING)).api.inspectVolume('data')).toBeUndefined()
    await expect((await apiOf(() => undefined)).api.inspectVolume('data')).rejects.toMatchObject({
      code: 'VN-VCH-UNSUPPORTED',
    })
    const {api} = await apiOf(() => ({status: 404, text: '<html>404</html>'}))
    await expect(api.inspectVolume('data')).rejects.toMatchObject({code: 'VN-VCH-NOT-DOCKER'})
  })

  it('escapes the name', async () => {
    const {api, server} = await apiOf(() => MISSING)
    await api.inspectVolume('a?b#c%')
    expect(server.seen[0]?.url).toBe('/v1.25/volumes/a%3Fb%23c%25')
  })
})

describe('listVolumes', () => {
  it('reads the list, and null for an empty one', async () => {
    const names = async (Volumes: unknown) =>
      (await (await apiOf(() => ({json: {Volumes}}))).api.listVolumes()).map(({name}) => name)
    expect(await names([VOLUME])).toEqual(['data'])
    expect(await names(null)).toEqual([])
  })
})

describe('createVolume', () => {
  it('sends driver, store, capacity as text of MB, and labels in the body alone', async () => {
    const {api, server} = await apiOf(
      vchMaking(() => ({status: 201, json: {...VOLUME, Driver: 'local', Options: null}})),
    )
    const made = await api.createVolume({name: 'data', store: 'fast', capacityMb: 10_240, labels: {a: 'b'}})
    expect(made).toEqual({created: true, volume: expect.objectContaining({name: 'data', store: 'fast'})})
    const create = server.seen.find(({method}) => method === 'POST')
    expect(create?.url).toMatch(/^\/v1\.25\/volumes\/create\??$/)
    expect(create?.body).toEqual({
      Name: 'data',
      Driver: 'vsphere',
      DriverOpts: {VolumeStore: 'fast', Capacity: '10240'},
      Labels: {a: 'b'},
    })
  })

  it('leaves an existing volume alone', async () => {
    const {api, server} = await apiOf(({path}) => ({json: path === '/v1.25/info' ? VCH_INFO : VOLUME}))
    expect(await api.createVolume({name: 'data'})).toMatchObject({created: false, volume: {name: 'data'}})
    expect(server.seen.every(({method}) => method === 'GET')).toBe(true)
  })

  it('takes "already exists" for a volume that somebody made in between', async () => {
    const {api} = await apiOf(refusing('A volume named data already exists. Choose a different volume name.'))
    expect(await api.createVolume({name: 'data'})).toMatchObject({created: false, volume: {name: 'data'}})
  })

  it('asks once what is at the other end', async () => {
    const {api, server} = await apiOf(vchMaking(() => ({status: 201, json: VOLUME})))
    await api.createVolume({name: 'data'})
    await api.createVolume({name: 'data'})
    expect(server.seen.filter(({path}) => path === '/v1.25/info')).toHaveLength(1)
  })

  it('uses the local driver of a Docker Engine, which takes neither store nor capacity', async () => {
    let made = false
    const {api, server} = await apiOf(({path, method}) => {
      if (path === '/v1.25/info') return {json: ENGINE_INFO}
      if (path === '/v1.25/networks') return {json: []}
      if (method === 'POST') made = true
      return made ? {json: {Name: 'data', Driver: 'local'}} : MISSING
    })
    await api.createVolume({name: 'data', store: 'default', capacityMb: 100})
    expect(server.seen.find(({method}) => method === 'POST')?.body).toEqual({Name: 'data', Driver: 'local', Labels: {}})
  })

  it.each([
    ['No volume store named (fast) exists', 'VN-VCH-STORE-UNKNOWN', /no volume store "fast"/],
    ["bad driver value - invalid size: '10GiB'", 'VN-VCH-VOLUME-REFUSED', /10GiB/],
    [
      'volume name "a?" includes invalid characters, only "[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed',
      'VN-VCH-VOLUME-REFUSED',
      /invalid/,
    ],
    [
      'Server error from portlayer: [POST /storage/volumes][500] createVolumeInternalServerError',
      'VN-VCH-API',
      /: \[POST/,
    ],
    ['dial tcp 127.0.0.1:2380: getsockopt: connection refused', 'VN-VCH-PORT-LAYER-DOWN', /port layer/],
  ])('%s → %s', async (message, code, text) => {
    const {api} = await apiOf(refusing(message))
    await expect(api.createVolume({name: 'data', store: 'fast'})).rejects.toMatchObject({
      code,
      message: expect.stringMatching(text),
    })
  })
})

describe('removeVolume', () => {
  it('removes, and is content when it is gone', async () => {
    const {api, server} = await apiOf(() => ({status: 204}))
    await api.removeVolume('data')
    expect(server.seen.map(({method, url}) => `${method} ${url}`)).toEqual(['DELETE /v1.25/volumes/data'])
    await (await apiOf(() => ({status: 404, json: {message: 'Get data: no such volume'}}))).api.removeVolume('data')
  })

  it('names the container that has it', async () => {
    const id = 'ab'.repeat(32)
    const {api} = await apiOf(() => ({status: 409, json: {message: `volume data in use by ${id}`}}))
    await expect(api.removeVolume('data')).rejects.toMatchObject({
      code: 'VN-VCH-VOLUME-IN-USE',
      message: 'Volume data cannot be removed while container abababababab has it.',
      details: {volume: 'data', container: id},
    })
  })
})
