/* eslint-disable @typescript-eslint/no-unsafe-return -- the documents of the Docker API are walked as they come */
import {afterEach, describe, expect, it} from '@jest/globals'
import {setTimeout as delay} from 'node:timers/promises'
import {createContainerHost, type ContainerHost} from '../../../../src/sandbox/containers/container-host.js'
import {isSameProcess, startTicks} from '../../../../src/sandbox/containers/process-identity.js'
import {StateStore} from '../../../../src/sandbox/state/state-store.js'
import {startVch, type TestVch} from '../docker-api/test-vch.js'

describe('a daemon that is started again', () => {
  let vch: TestVch
  let second: ContainerHost | undefined
  afterEach(async () => {
    await second?.stopAll(500)
    await vch.close()
  })

  async function running(): Promise<string> {
    vch = await startVch()
    const {Id} = (
      await vch.request('POST', '/containers/create', {Image: 'busybox', Cmd: ['sh', '-c', 'echo begun; sleep 60']})
    ).json()
    await vch.request('POST', `/containers/${Id}/start`)
    return Id
  }
  /** Another daemon on the state as it is on disk, as after a kill. */
  const again = (): ContainerHost => createContainerHost({store: StateStore.open(vch.store.directory)})

  it('takes over processes that run, with their log, and stops them', async () => {
    const id = await running()
    second = again()
    await second.adopt()
    const record = second.need(id)
    expect(record.power).toBe('running')
    expect(isSameProcess(record.pid ?? 0, record.pidStartTicks ?? '')).toBe(true)
    await second.stop(record, 1)
    expect(record.power).toBe('exited')
    expect(startTicks(record.pid ?? 0)).toBeUndefined()
  })

  it('takes a process that is gone for ended, and does not signal a stranger of the same number', async () => {
    const id = await running()
    const record = vch.containers.need(id)
    vch.store.update(() => void Object.assign(record, {pid: process.pid, pidStartTicks: '1'}))
    second = again()
    await second.adopt()
    expect(second.need(id)).toMatchObject({power: 'exited', exitCode: 255})
    vch.store.update(() => undefined)
  })

  it('leaves no process behind when everything is stopped', async () => {
    const id = await running()
    const {pid = 0} = vch.containers.need(id)
    await vch.containers.stopAll(200)
    while (startTicks(pid) !== undefined) await delay(5)
    expect(vch.containers.need(id).power).toBe('exited')
  })
})
