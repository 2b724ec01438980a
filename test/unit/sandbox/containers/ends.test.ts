/* eslint-disable @typescript-eslint/no-unsafe-return -- the documents of the Docker API are walked as they come */
import {afterEach, beforeEach, describe, expect, it} from '@jest/globals'
import {setTimeout as delay} from 'node:timers/promises'
import {createContainerHost} from '../../../../src/sandbox/containers/container-host.js'
import {markedProcesses} from '../../../../src/sandbox/containers/marked-processes.js'
import {startTicks} from '../../../../src/sandbox/containers/process-identity.js'
import {StateStore} from '../../../../src/sandbox/state/state-store.js'
import {startVch, type TestVch} from '../docker-api/test-vch.js'

describe('the end of a container', () => {
  let vch: TestVch
  beforeEach(async () => void (vch = await startVch()))
  afterEach(() => vch.close())

  async function started(body: Record<string, unknown>): Promise<string> {
    const made = await vch.request('POST', '/containers/create', {Image: 'busybox', Cmd: ['sleep', '60'], ...body})
    const {Id} = made.json()
    expect((await vch.request('POST', `/containers/${Id}/start`)).status).toBe(204)
    return Id
  }
  const processesOf = (id: string) => markedProcesses(vch.store.containerDirectory(id))

  it('ends what has left its process group, too', async () => {
    const id = await started({Cmd: ['sh', '-c', 'setsid sleep 60 & exec sleep 60']})
    const {Id: exec} = (
      await vch.request('POST', `/containers/${id}/exec`, {Cmd: ['sh', '-c', 'setsid sleep 60 & sleep 60']})
    ).json()
    await vch.request('POST', `/exec/${exec}/start`, {Detach: true})
    while (processesOf(id).length < 4) await delay(5)
    await vch.request('POST', `/containers/${id}/stop?t=1`)
    expect(processesOf(id)).toEqual([])
  })

  it('is no end of an AutoRemove container that is restarted', async () => {
    const id = await started({HostConfig: {AutoRemove: true}})
    const {pid} = vch.containers.need(id)
    expect((await vch.request('POST', `/containers/${id}/restart?t=1`)).status).toBe(204)
    expect(vch.containers.need(id)).toMatchObject({power: 'running'})
    expect(vch.containers.need(id).pid).not.toBe(pid)
    await vch.request('POST', `/containers/${id}/stop?t=1`)
    expect((await vch.request('GET', `/containers/${id}/json`)).status).toBe(404)
  })

  it('comes by TERM where the stop signal is nonsense', async () => {
    const id = await started({StopSignal: 'SIGNONSENSE'})
    expect((await vch.request('POST', `/containers/${id}/stop?t=5`)).status).toBe(204)
    expect(vch.containers.need(id)).toMatchObject({power: 'exited', exitCode: 143})
  })

  it('leaves an anonymous volume that another container uses', async () => {
    const first = await started({HostConfig: {AutoRemove: true}, Volumes: {'/data': {}}})
    const volume = vch.containers.need(first).mounts[0]?.volume ?? ''
    await vch.request('POST', '/containers/create', {Image: 'busybox', HostConfig: {Binds: [`${volume}:/data`]}})
    await vch.request('POST', `/containers/${first}/stop?t=1`)
    expect((await vch.request('GET', `/containers/${first}/json`)).status).toBe(404)
    expect((await vch.request('GET', `/volumes/${volume}`)).status).toBe(200)
  })

  it('that no daemon saw is followed by another power-on', async () => {
    const id = await started({})
    const {pid = 0} = vch.containers.need(id)
    const state = JSON.stringify(vch.store.state)
    process.kill(-pid, 'SIGKILL')
    while (startTicks(pid) !== undefined) await delay(5)
    await vch.containers.whenEnded(vch.containers.need(id))
    Object.assign(vch.store.state, JSON.parse(state))
    vch.store.save()
    const store = StateStore.open(vch.store.directory)
    await createContainerHost({store}).adopt()
    expect(StateStore.open(vch.store.directory).state).toMatchObject({
      resume: [id],
      containers: [{power: 'exited', exitCode: 255}],
    })
  })
})
