import {afterEach, describe, expect, it} from '@jest/globals'
import {apiOf, closeServers} from './scripted-server.js'

afterEach(closeServers)

const ID = 'c0'.repeat(32)
const INSPECTED = {
  Id: ID,
  Name: '/nfs-server',
  Image: 'bare-image-id',
  State: {Status: 'running', ExitCode: 0, StartedAt: '2019-07-01T09:00:31Z', FinishedAt: ''},
  Config: {Image: 'registry.local/nfs:1', Labels: {role: 'server'}, Env: ['A=1']},
  Mounts: [
    {Type: 'volume', Name: 'data', Source: 'data', Destination: '/export', RW: true},
    {Type: 'volume', Name: 'cfg', Source: 'cfg', Destination: '/cfg', RW: false},
    {Type: 'bind', Source: '/x', Destination: '/y', RW: true},
  ],
  NetworkSettings: {IPAddress: '', Networks: {public: {IPAddress: '192.168.100.41'}, other: null}},
}

describe('inspectContainer', () => {
  it('reads what a VCH says, addresses from Networks only', async () => {
    const {api} = await apiOf(() => ({json: INSPECTED}))
    expect(await api.inspectContainer('nfs-server')).toEqual({
      id: ID,
      name: 'nfs-server',
      image: 'registry.local/nfs:1',
      labels: {role: 'server'},
      state: 'running',
      rawState: 'running',
      exitCode: 0,
      startedAt: '2019-07-01T09:00:31Z',
      env: ['A=1'],
      mounts: [
        {volume: 'data', destination: '/export', readOnly: false},
        {volume: 'cfg', destination: '/cfg', readOnly: true},
      ],
      addresses: {public: '192.168.100.41', other: ''},
      publishedAddress: '',
    })
  })

  it('reads the address that published ports are reached at; "any" names none', async () => {
    const withPorts = (hostIp: string) => ({
      ...INSPECTED,
      NetworkSettings: {Networks: {}, Ports: {'111/tcp': [{HostIp: hostIp, HostPort: '111'}], '2049/tcp': null}},
    })
    for (const [hostIp, address] of [
      ['10.0.0.5', '10.0.0.5'],
      ['0.0.0.0', ''],
      ['', ''],
    ] as const) {
      const {api} = await apiOf(() => ({json: withPorts(hostIp)}))
      expect(await api.inspectContainer(ID)).toMatchObject({publishedAddress: address})
    }
  })

  it.each([
    ['Starting', 'starting'],
    ['RUNNING', 'running'],
    ['Stopping', 'stopping'],
    ['created', 'created'],
    ['exited', 'exited'],
    ['dead', 'exited'],
    ['Suspended', 'unknown'],
    ['error', 'unknown'],
    ['', 'unknown'],
  ])('state %j is %s', async (Status, state) => {
    const {api} = await apiOf(() => ({json: {...INSPECTED, State: {Status, StartedAt: '0001-01-01T00:00:00Z'}}}))
    expect(await api.inspectContainer(ID)).toMatchObject({state, rawState: Status, startedAt: ''})
  })

  it('survives everything nullable being null', async () => {
    const {api} = await apiOf(() => ({json: {Id: ID, State: null, Config: null, Mounts: null, NetworkSettings: null}}))
    expect(await api.inspectContainer(ID)).toMatchObject({
      name: '',
      labels: {},
      env: [],
      mounts: [],
      addresses: {},
      state: 'unknown',
    })
  })

  it('is undefined when there is none', async () => {
    const {api} = await apiOf(() => ({status: 404, json: {message: 'No such container: x'}}))
    expect(await api.inspectContainer('x')).toBeUndefined()
  })
})

describe('listContainers', () => {
  const listed = (name: string, State = 'running') => ({
    Id: `id-${name}`,
    Names: [`/${name}`],
    Image: 'i',
    Labels: null,
    State,
  })

  it('asks for all states and passes the filters on', async () => {
    const {api, server} = await apiOf(() => ({json: [listed('a', 'Starting')]}))
    expect(await api.listContainers({labels: ['x=y', 'z'], volume: 'data', network: 'public'})).toEqual([
      {id: 'id-a', name: 'a', image: 'i', labels: {}, state: 'starting'},
    ])
    const {query} = server.seen[0] ?? {}
    expect(query?.get('all')).toBe('true')
    expect(JSON.parse(query?.get('filters') ?? '')).toEqual({
      label: ['x=y', 'z'],
      volume: ['data'],
      network: ['public'],
    })
  })

  it('takes a name exactly, though the API takes it as a pattern', async () => {
    const {api, server} = await apiOf(() => ({json: [listed('web.1'), listed('web.10'), listed('my-web.1')]}))
    expect((await api.listContainers({name: 'web.1'})).map(({name}) => name)).toEqual(['web.1'])
    expect(JSON.parse(server.seen[0]?.query.get('filters') ?? '')).toEqual({name: ['web\\.1']})
  })
})

describe('createContainer', () => {
  const made = () => apiOf(() => ({status: 201, json: {Id: ID, Warnings: null}}))

  it('sends what VIC honours, in the body, and only the name in the URL', async () => {
    const {api, server} = await made()
    const id = await api.createContainer({
      name: 'nfs-server',
      image: 'nfs:1',
      command: ['/etc/rc.local'],
      env: {EXPORT_FOLDER: '/export', TOKEN: 'a=b c'},
      labels: {role: 'server'},
      binds: [
        {volume: 'data', destination: '/export'},
        {volume: 'cfg', destination: '/cfg', readOnly: true},
      ],
      network: 'public',
      address: '192.168.100.41',
      ports: [111, 2049],
      workingDir: '/w',
      user: '1000:1000',
      memoryMb: 512,
      stopTimeoutS: 30,
      capabilities: ['SYS_ADMIN'],
    })
    expect(id).toBe(ID)
    expect(server.seen.map(({url}) => url)).toEqual(['/v1.25/containers/create?name=nfs-server'])
    expect(server.seen[0]?.body).toEqual({
      Image: 'nfs:1',
      Cmd: ['/etc/rc.local'],
      Env: ['EXPORT_FOLDER=/export', 'TOKEN=a=b c'],
      Labels: {role: 'server'},
      WorkingDir: '/w',
      User: '1000:1000',
      StopTimeout: 30,
      ExposedPorts: {'111/tcp': {}, '2049/tcp': {}},
      HostConfig: {
        Binds: ['data:/export', 'cfg:/cfg:ro'],
        PortBindings: {'111/tcp': [{HostPort: '111'}], '2049/tcp': [{HostPort: '2049'}]},
        NetworkMode: 'public',
        Memory: 536_870_912,
        CapAdd: ['SYS_ADMIN'],
      },
      NetworkingConfig: {EndpointsConfig: {public: {IPAMConfig: {IPv4Address: '192.168.100.41'}}}},
    })
  })

  it('asks for no address unless told one, and never for a name of its own', async () => {
    const {api, server} = await made()
    await api.createContainer({image: 'i', network: 'bridge'})
    await api.createContainer({image: 'i'})
    expect(server.seen[0]?.body).toMatchObject({NetworkingConfig: {EndpointsConfig: {bridge: {}}}})
    expect(server.seen[1]?.body).toEqual({Image: 'i', ExposedPorts: {}, HostConfig: {Binds: [], PortBindings: {}}})
    expect(server.seen[0]?.url).toMatch(/create\??$/)
  })

  it.each([
    ['/etc', '/x'],
    ['..', '/x'],
    ['data', 'x'],
    ['data', '/x:rw'],
  ])('refuses to bind %s at %s', async (volume, destination) => {
    const {api, server} = await made()
    await expect(api.createContainer({image: 'i', binds: [{volume, destination}]})).rejects.toMatchObject({
      code: 'VN-SETTING-BAD',
    })
    expect(server.seen).toEqual([])
  })

  it.each([
    [404, 'No such image: foo:latest', 'VN-VCH-IMAGE-MISSING'],
    [409, 'conflict. The name "x" is already in use by container abc. You have to remove…', 'VN-VCH-NAME-TAKEN'],
    [
      500,
      'Server error from portlayer: ports cannot be published via container network X (firewall configured as either "closed" or "outbound")',
      'VN-VCH-PORTS-CLOSED',
    ],
    [
      500,
      'Server error from portlayer: Cannot set static IP (1.2.3.4) when default gateway is not set for network n',
      'VN-VCH-CONTAINER-REFUSED',
    ],
    [500, 'Server error from portlayer: network foo not found', 'VN-VCH-CONTAINER-REFUSED'],
    [
      400,
      'Bad request error from portlayer: mounting directories as a data volume is not supported.',
      'VN-VCH-CONTAINER-REFUSED',
    ],
    [404, 'No command specified', 'VN-VCH-CONTAINER-REFUSED'],
    [500, 'No volume store named (default) exists', 'VN-VCH-STORE-UNKNOWN'],
    [500, 'dial tcp 127.0.0.1:2380: connection refused', 'VN-VCH-PORT-LAYER-DOWN'],
    [500, 'some surprise', 'VN-VCH-API'],
  ])('%d %s → %s', async (status, message, code) => {
    const {api} = await apiOf(() => ({status, json: {message}}))
    const failure = await api.createContainer({name: 'x', image: 'foo:latest'}).catch((error: unknown) => error)
    expect(failure).toMatchObject({code})
    expect((failure as Error).message).not.toMatch(/from portlayer/)
  })
})
