import {afterEach, describe, expect, it} from '@jest/globals'
import {apiOf, closeServers} from './scripted-server.js'

afterEach(closeServers)

const ID = 'c0'.repeat(32)
const error = (status: number, message: string) => ({status, json: {message}})

describe('startContainer', () => {
  it('sends no body, which API 1.24 and later refuse', async () => {
    const {api, server} = await apiOf(() => ({status: 204}))
    await api.startContainer(ID)
    expect(server.seen).toEqual([
      expect.objectContaining({method: 'POST', url: `/v1.25/containers/${ID}/start`, text: ''}),
    ])
  })

  it('is content with a container that runs already, said as Docker says it', async () => {
    const {api} = await apiOf(() => ({status: 304}))
    await expect(api.startContainer(ID)).resolves.toBeUndefined()
  })

  it('names the container that has the volume', async () => {
    const {api} = await apiOf(({path}) => {
      if (path.endsWith('/start')) return error(409, 'Conflict error from portlayer: device data in use')
      return {
        json: [
          {Id: ID, Names: ['/me'], State: 'created'},
          {Id: 'd1', Names: ['/stopped'], State: 'exited'},
          {Id: 'd2', Names: ['/other'], State: 'running'},
        ],
      }
    })
    await expect(api.startContainer(ID)).rejects.toMatchObject({
      code: 'VN-VCH-VOLUME-BUSY',
      message: 'Container c0c0c0c0c0c0 did not start: volume data is attached to container other.',
      details: {volume: 'data', holder: {id: 'd2', name: 'other'}},
      tries: [expect.stringMatching(/^docker -H unix:\/\/[^ ]+ stop other$/)],
    })
  })

  it('still says that the volume is busy when the holder cannot be found', async () => {
    const {api} = await apiOf(({path}) =>
      path.endsWith('/start') ? error(409, 'Conflict error from portlayer: device data in use') : error(500, 'no'),
    )
    await expect(api.startContainer(ID)).rejects.toMatchObject({
      code: 'VN-VCH-VOLUME-BUSY',
      message: expect.stringContaining('another running container'),
    })
  })

  it.each([
    [
      500,
      'Server error from portlayer: unable to wait for process launch status: Post https://10.0.0.1/sdk: context deadline exceeded',
      'VN-VCH-MOUNT-FAILED',
    ],
    [
      500,
      'Server error from portlayer: unable to wait for process launch status: container VM has unexpectedly powered off.',
      'VN-VCH-MOUNT-FAILED',
    ],
    [
      500,
      'Server error from portlayer: mounting nfs://10.0.0.9/x/volumes/v on /mydata failed: connection timed out',
      'VN-VCH-MOUNT-FAILED',
    ],
    [500, 'Server error from portlayer: fakeCommand: no such executable in PATH.', 'VN-VCH-START-FAILED'],
    [500, 'Server error from portlayer: error mapping ports: port 8083 is not available', 'VN-VCH-START-FAILED'],
    [404, `No such container: ${ID}`, 'VN-VCH-CONTAINER-MISSING'],
    [500, 'dial tcp [::1]:2380: connection refused', 'VN-VCH-PORT-LAYER-DOWN'],
  ])('%d %s → %s', async (status, message, code) => {
    const {api} = await apiOf(() => error(status, message))
    await expect(api.startContainer(ID)).rejects.toMatchObject({code})
  })
})

describe('stopContainer', () => {
  it('sends the grace time in the URL', async () => {
    const {api, server} = await apiOf(() => ({status: 204}))
    await api.stopContainer(ID, {graceS: 42})
    expect(server.seen[0]).toMatchObject({method: 'POST', url: `/v1.25/containers/${ID}/stop?t=42`, text: ''})
  })

  it.each([304, 404])('is content with status %d', async (status) => {
    const {api} = await apiOf(() => error(status, `No such container: ${ID}`))
    await expect(api.stopContainer(ID)).resolves.toBeUndefined()
  })

  it('reports anything else', async () => {
    const {api} = await apiOf(() => error(500, 'boom'))
    await expect(api.stopContainer(ID)).rejects.toMatchObject({
      code: 'VN-VCH-API',
      message: expect.stringContaining('boom'),
    })
  })
})

describe('removeContainer', () => {
  it('never removes volumes, and forces only when told to', async () => {
    const {api, server} = await apiOf(() => ({status: 204}))
    await api.removeContainer(ID)
    await api.removeContainer(ID, {force: true})
    expect(server.seen.map(({query}) => [query.get('force'), query.get('v')])).toEqual([
      ['false', 'false'],
      ['true', 'false'],
    ])
  })

  it('is content when it is gone', async () => {
    const {api} = await apiOf(() => error(404, `No such container: ${ID}`))
    await expect(api.removeContainer(ID)).resolves.toBeUndefined()
  })

  it('says that it runs', async () => {
    const {api} = await apiOf(() => error(409, 'You cannot remove a running container. Stop the container before…'))
    await expect(api.removeContainer(ID)).rejects.toMatchObject({code: 'VN-VCH-CONTAINER-RUNNING'})
  })
})

describe('waitContainer', () => {
  const GAVE_UP = error(
    500,
    `Server error from portlayer: ContainerWaitHandler(${ID}) Error: context deadline exceeded`,
  )

  it('asks again when the VCH gives up waiting', async () => {
    let waits = 0
    const {api} = await apiOf(({path}) => {
      if (!path.endsWith('/wait')) return {json: {Id: ID, State: {Status: 'running'}}}
      waits += 1
      return waits < 3 ? GAVE_UP : {json: {StatusCode: 7}}
    })
    expect(await api.waitContainer(ID)).toBe(7)
    expect(waits).toBe(3)
  })

  it('takes the exit code from inspect when it ended while nobody waited', async () => {
    const {api} = await apiOf(({path}) =>
      path.endsWith('/wait') ? GAVE_UP : {json: {Id: ID, State: {Status: 'exited', ExitCode: 137}}},
    )
    expect(await api.waitContainer(ID)).toBe(137)
  })

  it('fails when the container is gone', async () => {
    const missing = error(404, `No such container: ${ID}`)
    await expect((await apiOf(() => missing)).api.waitContainer(ID)).rejects.toMatchObject({
      code: 'VN-VCH-CONTAINER-MISSING',
    })
    const {api} = await apiOf(({path}) => (path.endsWith('/wait') ? GAVE_UP : missing))
    await expect(api.waitContainer(ID)).rejects.toMatchObject({code: 'VN-VCH-CONTAINER-MISSING'})
  })

  it('ends at its own limit, also while the server holds the request', async () => {
    const {api} = await apiOf(() => ({raw: () => undefined}))
    await expect(api.waitContainer(ID, {timeoutMs: 50})).rejects.toMatchObject({
      code: 'VN-VCH-TIMEOUT',
      exitCode: 4,
      message: expect.stringContaining('wait for container c0c0c0c0c0c0'),
    })
  })

  it('ends at an abort with the reason of the signal', async () => {
    const control = new AbortController()
    const reason = new Error('enough')
    const {api} = await apiOf(() => {
      control.abort(reason)
      return {raw: () => undefined}
    })
    await expect(api.waitContainer(ID, {signal: control.signal})).rejects.toBe(reason)
  })
})
