/* eslint-disable @typescript-eslint/no-unsafe-return -- the documents of the Docker API are walked as they come */
import {afterAll, beforeAll, describe, expect, it} from '@jest/globals'
import {DHCP_DELAY_MS, startVch, type TestVch} from './test-vch.js'

describe('containers of a VCH', () => {
  let vch: TestVch
  beforeAll(async () => void (vch = await startVch()))
  afterAll(() => vch.close())

  const create = (body: object, name = '') =>
    vch.request('POST', `/containers/create${name === '' ? '' : `?name=${name}`}`, {
      Image: 'busybox',
      Cmd: ['sleep', '60'],
      ...body,
    })
  const inspect = async (id: string) => (await vch.request('GET', `/containers/${id}/json`)).json()
  const started = async (body: object, name = ''): Promise<string> => {
    const made = await create(body, name)
    const answer = await vch.request('POST', `/containers/${made.json().Id}/start`)
    if (answer.status !== 204) throw new Error(answer.text)
    return made.json().Id
  }
  const remove = (id: string) => vch.request('DELETE', `/containers/${id}?force=1`)

  it('is on the network of its endpoint, whatever NetworkMode says', async () => {
    const made = await create({HostConfig: {NetworkMode: 'bridge'}, NetworkingConfig: {EndpointsConfig: {public: {}}}})
    expect(vch.containers.need(made.json().Id).network).toBe('public')
  })

  it('starts with no body only, from API 1.24 on', async () => {
    const {Id} = (await create({Cmd: ['true']})).json()
    const body = {Binds: ['v:/x']}
    expect((await vch.request('POST', `/containers/${Id}/start`, body)).status).toBe(400)
    expect((await vch.request('POST', `/v1.23/containers/${Id}/start`, body)).status).toBe(204)
  })

  it.each([
    ['unknown image', {Image: 'nope'}, 404, 'No such image: nope:latest'],
    ['image without a command', {Image: 'vicnfs/data-only', Cmd: []}, 404, 'No command specified'],
    ['bind flags', {HostConfig: {Binds: ['v:/x:rw:foo']}}, 400, "Invalid volume specification: 'v:/x:rw:foo'"],
    [
      'host port',
      {HostConfig: {PortBindings: {'80/tcp': [{HostPort: '99999'}]}}},
      500,
      'Server error from portlayer: Invalid hostPort: 99999',
    ],
    [
      'container port',
      {HostConfig: {PortBindings: {'foo/tcp': []}}},
      500,
      'Server error from portlayer: Invalid containerPort: foo',
    ],
    [
      'range with a redirect on a container network',
      {HostConfig: {NetworkMode: 'public', PortBindings: {'8000-8010/tcp': [{HostPort: '80'}]}}},
      500,
      'Server error from portlayer: ports published on external networks cannot include both a redirect and a range (80:8000-8010/tcp)',
    ],
    [
      'two endpoints',
      {NetworkingConfig: {EndpointsConfig: {bridge: {}, public: {}}}},
      500,
      'NetworkMode error: Container can be connected to one vicnetwork endpoint only',
    ],
    [
      'foreign host address',
      {HostConfig: {PortBindings: {'80/tcp': [{HostIp: '10.1.1.1', HostPort: '80'}]}}},
      500,
      'Server error from portlayer: host IP for port bindings is only supported for 0.0.0.0 and the public interface IP address',
    ],
    [
      'host port range',
      {HostConfig: {PortBindings: {'80/tcp': [{HostPort: '8000-8010'}]}}},
      500,
      'Server error from portlayer: host port ranges are not supported for port bindings',
    ],
    [
      'unknown network',
      {HostConfig: {NetworkMode: 'nowhere'}},
      500,
      'Server error from portlayer: network nowhere not found',
    ],
    [
      'ports on a closed network',
      {HostConfig: {NetworkMode: 'closed-net', PortBindings: {'111/tcp': [{HostPort: '111'}]}}},
      500,
      'Server error from portlayer: ports cannot be published via container network closed-net (firewall configured as either "closed" or "outbound")',
    ],
    [
      'plain port on a peers network',
      {HostConfig: {NetworkMode: 'peers-net', PortBindings: {'111/tcp': []}}},
      500,
      'Server error from portlayer: ports published via container network peers-net must specify a mapping (firewall configured for "peers" - no need for publishing unless redirecting)',
    ],
    [
      'static address without a gateway',
      {
        HostConfig: {NetworkMode: 'dhcp-net'},
        NetworkingConfig: {EndpointsConfig: {'dhcp-net': {IPAMConfig: {IPv4Address: '127.9.9.9'}}}},
      },
      500,
      'Server error from portlayer: Cannot set static IP (127.9.9.9) when default gateway is not set for network dhcp-net',
    ],
    [
      'host path',
      {HostConfig: {Binds: ['/etc:/x']}},
      400,
      'Bad request error from portlayer: mounting directories as a data volume is not supported.',
    ],
  ])('refuses at create: %s', async (_what, body, status, message) => {
    const answer = await create(body)
    expect([answer.status, answer.json().message]).toEqual([status, message])
  })

  it('refuses a taken name', async () => {
    const first = (await create({}, 'taken')).json().Id
    const second = await create({}, 'taken')
    expect(second.status).toBe(409)
    expect(second.json().message).toBe(
      `conflict. The name "taken" is already in use by container ${first}. You have to remove (or rename) that container to be able to re use that name.`,
    )
    await remove(first)
  })

  it('ignores Mounts, Privileged, RestartPolicy and Healthcheck, and has no Health', async () => {
    const HostConfig = {
      Privileged: true,
      RestartPolicy: {Name: 'always'},
      Mounts: [{Type: 'volume', Source: 'm', Target: '/m'}],
    }
    const id = await started({HostConfig, Healthcheck: {Test: ['CMD', 'true']}})
    const seen = await inspect(id)
    expect(seen.Mounts).toEqual([])
    expect((await vch.request('GET', '/volumes/m')).status).toBe(404)
    expect(seen.State.Health).toBeUndefined()
    expect(seen.Config.Healthcheck).toBeUndefined()
    expect([seen.HostConfig.Privileged, seen.HostConfig.RestartPolicy]).toEqual([true, {Name: 'always'}])
    await remove(id)
  })

  it('shows the address under Networks only, memory in MB, bare image ids, empty end time', async () => {
    const id = await started({HostConfig: {NetworkMode: 'public', Memory: 600 * 1024 * 1024}})
    const seen = await inspect(id)
    expect(seen.NetworkSettings.IPAddress).toBe('')
    expect(seen.NetworkSettings.Networks.public.IPAddress).toBe(`${vch.subnet}.32`)
    expect(seen.NetworkSettings.Networks.public.IPPrefixLen).toBe(24)
    expect([seen.HostConfig.Memory, seen.HostConfig.CpusetCpus]).toEqual([640, '2'])
    expect(seen.Image).toMatch(/^[0-9a-f]{64}$/)
    expect([seen.State.Status, seen.State.Running, seen.State.FinishedAt]).toEqual(['running', true, ''])
    expect(seen.State.StartedAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
    await remove(id)
  })

  it('takes a static address on a container network with a gateway', async () => {
    const address = `${vch.subnet}.77`
    const id = await started({
      HostConfig: {NetworkMode: 'public'},
      NetworkingConfig: {EndpointsConfig: {public: {IPAMConfig: {IPv4Address: address}}}},
    })
    expect((await inspect(id)).NetworkSettings.Networks.public.IPAddress).toBe(address)
    const network = (await vch.request('GET', '/networks/public')).json()
    expect(network.Driver).toBe('external')
    expect(network.Containers[id].IPv4Address).toBe(`${address}/24`)
    await remove(id)
  })

  it('opens ports on a container network instead of mapping them: two containers publish the same port', async () => {
    const HostConfig = {NetworkMode: 'public', PortBindings: {'111/tcp': [{HostPort: '111'}]}}
    const [first, second] = [await started({HostConfig}), await started({HostConfig})]
    const ports = (await inspect(second)).NetworkSettings
    expect(ports.Ports['111/tcp']).toEqual([{HostIp: ports.Networks.public.IPAddress, HostPort: '111'}])
    await remove(first)
    await remove(second)
  })

  it('shows a DHCP address late, and not in the network', async () => {
    const beganMs = Date.now()
    const id = await started({HostConfig: {NetworkMode: 'dhcp-net'}})
    const runtime = vch.containers.context.runtimes.get(id)!
    const shown = async (): Promise<string> => (await inspect(id)).NetworkSettings.Networks['dhcp-net'].IPAddress
    /** The address that shows when its time has come, and not before. */
    const inTime = async (): Promise<string> => {
      expect([await shown(), runtime.addressShownAtMs >= beganMs + DHCP_DELAY_MS]).toEqual(['', true])
      runtime.addressShownAtMs = Date.now()
      return shown()
    }
    const address = await inTime()
    expect(address).toMatch(/^127\./)
    const network = (await vch.request('GET', '/networks/dhcp-net')).json()
    expect(network.Containers[id].IPv4Address).toBe('')
    expect(network.IPAM.Config).toEqual([{}])
    await vch.request('POST', `/containers/${id}/restart?t=1`)
    expect(['', address]).not.toContain(await inTime())
    await remove(id)
  })
})
