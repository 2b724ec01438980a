/* eslint-disable @typescript-eslint/no-unsafe-return -- the documents of the Docker API are walked as they come */
import {afterEach, beforeEach, describe, expect, it} from '@jest/globals'
import {once} from 'node:events'
import net from 'node:net'
import {startVch, type TestVch} from '../docker-api/test-vch.js'

function freePort(address: string): Promise<number> {
  return new Promise((resolve) => {
    const probe = net.createServer().listen(0, address, () => {
      const {port} = probe.address() as net.AddressInfo
      probe.close(() => resolve(port))
    })
  })
}

function ask(host: string, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    const socket = net.connect({host, port})
    socket
      .on('data', (data) => (text += data.toString()))
      .on('end', () => resolve(text))
      .on('error', reject)
  })
}

describe('published ports on the bridge', () => {
  let vch: TestVch
  beforeEach(async () => void (vch = await startVch()))
  afterEach(() => vch.close())

  const publish = async (bindings: object): Promise<string> => {
    const body = {Image: 'busybox', Cmd: ['sleep', '60'], HostConfig: {PortBindings: bindings}}
    return (await vch.request('POST', '/containers/create', body)).json().Id
  }
  const start = (id: string) => vch.request('POST', `/containers/${id}/start`)

  it('lead from the VCH to the container, while it runs, and are back after a restart of the VCH', async () => {
    const {publicAddress} = vch.store.state
    const hostPort = await freePort(publicAddress)
    const containerPort = await freePort('127.0.0.1')
    const id = await publish({[`${containerPort}/tcp`]: [{HostPort: String(hostPort)}]})
    expect((await start(id)).status).toBe(204)
    const service = net
      .createServer((socket) => socket.end('from the container'))
      .listen(containerPort, vch.containers.need(id).address)
    await once(service, 'listening')
    try {
      expect(await ask(publicAddress, hostPort)).toBe('from the container')
      await vch.endpoint.powerOff()
      await expect(ask(publicAddress, hostPort)).rejects.toMatchObject({code: 'ECONNREFUSED'})
      vch.endpoint.powerOn()
      await vch.untilUp()
      expect(await ask(publicAddress, hostPort)).toBe('from the container')
      await vch.request('POST', `/containers/${id}/stop?t=1`)
      await expect(ask(publicAddress, hostPort)).rejects.toMatchObject({code: 'ECONNREFUSED'})
    } finally {
      service.close()
    }
  })

  it('clash: the start fails, and the container is not running', async () => {
    const {publicAddress} = vch.store.state
    const hostPort = String(await freePort(publicAddress))
    const first = await publish({'80/tcp': [{HostPort: hostPort}]})
    const second = await publish({'80/tcp': [{HostPort: hostPort}]})
    await start(first)
    const answer = await start(second)
    expect([answer.status, answer.json().message]).toEqual([
      500,
      `Server error from portlayer: error mapping ports: port ${hostPort} is not available`,
    ])
    expect(vch.containers.need(second).power).toBe('created')
  })

  it('cannot take a port of the VCH itself', async () => {
    const answer = await start(await publish({'80/tcp': [{HostPort: '2376'}]}))
    expect([answer.status, answer.json().message]).toEqual([
      500,
      'Server error from portlayer: error mapping ports: port 2376 is not available',
    ])
  })

  it('get a random port when none is named', async () => {
    const id = await publish({'80/tcp': []})
    await start(id)
    const [bound] = (await vch.request('GET', `/containers/${id}/json`)).json().NetworkSettings.Ports['80/tcp']
    expect(bound.HostIp).toBe(vch.store.state.publicAddress)
    expect(Number(bound.HostPort)).toBeGreaterThanOrEqual(49_153)
  })
})

it('before 1.5.4 a UDP port is never available', async () => {
  const vch = await startVch({vicVersion: '1.5.3'})
  try {
    const body = {Image: 'busybox', Cmd: ['true'], HostConfig: {PortBindings: {'111/udp': [{HostPort: '111'}]}}}
    const {Id} = (await vch.request('POST', '/containers/create', body)).json()
    const answer = await vch.request('POST', `/containers/${Id}/start`)
    expect([answer.status, answer.json().message]).toEqual([500, expect.stringContaining('port 111 is not available')])
  } finally {
    await vch.close()
  }
})
