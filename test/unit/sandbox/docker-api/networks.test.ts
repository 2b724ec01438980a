import {afterAll, beforeAll, expect, it} from '@jest/globals'
import {startVch, type TestVch} from './test-vch.js'

let vch: TestVch
beforeAll(async () => void (vch = await startVch()))
afterAll(() => vch.close())

it('shows container networks as external with their range, and no trust level anywhere', async () => {
  const answer = await vch.request('GET', '/networks/public')
  expect(answer.json()).toMatchObject({
    Driver: 'external',
    Scope: '',
    IPAM: {Config: [{Subnet: `${vch.subnet}.0/24`, Gateway: `${vch.subnet}.1`, IPRange: `${vch.subnet}.32/27`}]},
  })
  expect(answer.text).not.toContain('published')
  expect((await vch.request('GET', '/networks')).json()).toHaveLength(vch.store.state.networks.length)
})

it.each([
  ['POST', '/networks/create', {Name: 'x', Driver: 'external'}, 500, 'cannot create external networks'],
  ['POST', '/networks/create', {Name: 'public'}, 409, 'vicnetwork public already exists'],
  ['POST', '/networks/create', {Name: ''}, 500, 'vicnfs sandbox (engine process): a network needs a name'],
  ['GET', '/networks/nope', undefined, 404, 'network nope not found'],
  ['DELETE', '/networks/bridge', undefined, 500, 'cannot remove builtin scope'],
  [
    'POST',
    '/networks/public/disconnect',
    {},
    500,
    'vSphere Integrated Containers does not yet implement DisconnectContainerFromNetwork',
  ],
])('refuses %s %s %j', async (method, location, body, status, message) => {
  const answer = await vch.request(method, location, body)
  expect([answer.status, answer.json().message]).toEqual([status, message])
})

it('makes bridges, keeps them while a container has them, and leaves them out of /info', async () => {
  expect((await vch.request('POST', '/networks/create', {Name: 'mine', Driver: 'bridge'})).status).toBe(201)
  const {Id} = (
    await vch.request('POST', '/containers/create', {
      Image: 'busybox',
      Cmd: ['true'],
      HostConfig: {NetworkMode: 'mine'},
    })
  ).json()
  expect((await vch.request('GET', '/info')).json().Plugins.Network).not.toContain('mine')
  expect((await vch.request('DELETE', '/networks/mine')).json().message).toBe('mine has active endpoints')
  await vch.request('DELETE', `/containers/${Id}`)
  expect((await vch.request('DELETE', '/networks/mine')).status).toBe(204)
})

it('connects containers that do not run only', async () => {
  const {Id} = (
    await vch.request('POST', '/containers/create', {
      Image: 'busybox',
      Cmd: ['sleep', '60'],
      HostConfig: {NetworkMode: 'public'},
    })
  ).json()
  expect((await vch.request('POST', '/networks/public/connect', {Container: Id})).status).toBe(200)
  await vch.request('POST', `/containers/${Id}/start`)
  expect((await vch.request('POST', '/networks/public/connect', {Container: Id})).status).toBe(500)
})
