/* eslint-disable @typescript-eslint/no-unsafe-return -- the documents of the Docker API are walked as they come */
import {describe, expect, it} from '@jest/globals'
import type {NetworkState} from '../../../../src/sandbox/state/sandbox-state.js'
import {nfsStore, reconfigure, server, start, vch} from './endpoint-bench.js'

describe('addresses over a restart', () => {
  it.each([
    ['1.5.8', true],
    ['1.5.0', false],
  ])('VIC %s keeps an assigned address of a stopped container: %s', async (vicVersion, keeps) => {
    await start({vicVersion})
    const make = async (): Promise<string> => {
      const body = {Image: 'busybox', Cmd: ['sleep', '60'], HostConfig: {NetworkMode: 'public'}}
      const {Id} = (await vch.request('POST', '/containers/create', body)).json()
      await vch.request('POST', `/containers/${Id}/start`)
      return Id
    }
    const first = await make()
    const address = vch.containers.need(first).address
    await vch.request('POST', `/containers/${first}/stop?t=1`)
    const second = await make()
    await vch.request('POST', `/containers/${first}/start`)
    expect(vch.containers.need(second).address === address).toBe(!keeps)
    expect(vch.containers.need(first).address === address).toBe(keeps)
  })

  it('has no more addresses than its range', async () => {
    const networks = (subnet: string): NetworkState[] => [
      {
        name: 'bridge',
        id: 'b'.repeat(64),
        driver: 'bridge',
        trust: 'open',
        subnet: `${subnet}.0/24`,
        gateway: `${subnet}.1`,
        ipRange: `${subnet}.8/31`,
      },
    ]
    await start({networks})
    const answers: number[] = []
    for (let index = 0; index < 3; index++) {
      const {Id} = (await vch.request('POST', '/containers/create', {Image: 'busybox', Cmd: ['sleep', '60']})).json()
      answers.push((await vch.request('POST', `/containers/${Id}/start`)).status)
    }
    expect(answers).toEqual([204, 204, 500])
  })
})

describe('out of band', () => {
  it('notices a container VM that was powered off or deleted in vSphere', async () => {
    await start()
    const {id} = await server()
    await vch.containers.powerOff(id)
    expect((await vch.request('GET', `/containers/${id}/json`)).json().State.Status).toBe('exited')
    await vch.containers.destroy(id)
    expect((await vch.request('GET', `/containers/${id}/json`)).status).toBe(404)
  })

  it('keeps owners and modes of a volume for the next server container', async () => {
    await start()
    const first = await server({env: ['EXPORT_MODE=777']})
    await reconfigure(nfsStore(first.address, 'uid=1234'))
    await vch.untilUp()
    await vch.request('POST', '/volumes/create', {
      Name: 'owned',
      Driver: 'local',
      DriverOpts: {VolumeStore: 'nfs-store'},
    })
    await vch.request('DELETE', `/containers/${first.id}?force=1`)
    const second = await server()
    expect(second.address).toBe(first.address)
    const write = (User: string) =>
      vch.run({Cmd: ['touch', `by-${User}`], User, WorkingDir: '/d', HostConfig: {Binds: ['owned:/d']}})
    expect((await write('1234')).exitCode).toBe(0)
    const other = await write('1235')
    expect([other.exitCode, other.log]).toEqual([1, expect.stringContaining('NFS3ERR_ACCES')])
  })
})
