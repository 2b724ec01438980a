import {existsSync, readFileSync, statSync} from 'node:fs'
import path from 'node:path'
import {afterAll, beforeAll, describe, expect, it} from '@jest/globals'
import type {SandboxHandle} from '../../src/sandbox/lifecycle/handle.js'
import {waitForApi} from '../../src/sandbox/lifecycle/launch-daemon.js'
import {isAlive} from '../../src/sandbox/lifecycle/process-mark.js'
import {readDaemonMark} from '../../src/sandbox/lifecycle/sandbox-directory.js'
import {sandboxStatus} from '../../src/sandbox/lifecycle/sandbox-status.js'
import {stopSandbox} from '../../src/sandbox/lifecycle/stop-sandbox.js'
import type {ProcessMark} from '../../src/sandbox/lifecycle/process-mark.js'
import type {SandboxState} from '../../src/sandbox/state/sandbox-state.js'
import {
  docker,
  onlineStores,
  QUICK_KNOBS,
  sandboxesForTest,
  vicMachine,
  withControl,
} from '../helpers/stand-in-world.js'

const sandboxes = sandboxesForTest()
const {stateDirectory} = sandboxes

const stateOf = ({directory}: SandboxHandle) =>
  JSON.parse(readFileSync(path.join(directory, 'state.json'), 'utf8')) as SandboxState

async function killDaemon({directory}: SandboxHandle): Promise<void> {
  const mark = readDaemonMark(directory)
  if (!mark) throw new Error('no daemon')
  process.kill(mark.pid, 'SIGKILL')
  while (isAlive(mark)) await new Promise((resolve) => setTimeout(resolve, 10))
}

async function startSleeper(sandbox: SandboxHandle): Promise<ProcessMark> {
  const created = await docker(sandbox, 'POST', '/containers/create?name=sleeper', {
    Image: 'busybox:latest',
    Cmd: ['sleep', '300'],
  })
  const {Id: id} = created.json as {Id: string}
  expect((await docker(sandbox, 'POST', `/containers/${id}/start`)).status).toBe(204)
  const record = stateOf(sandbox).containers.find((one) => one.id === id)
  if (!record?.pid || !record.pidStartTicks) throw new Error('the container has no process')
  return {pid: record.pid, startTicks: record.pidStartTicks}
}

describe('the life of a sandbox', () => {
  let sandbox: SandboxHandle
  beforeAll(async () => void (sandbox = await sandboxes.start()))
  afterAll(() => sandboxes.end())

  it('answers when it has started, and a second start changes nothing', async () => {
    expect(sandbox).toMatchObject({started: true, apiAnswers: true})
    const again = await sandboxes.start()
    expect(again).toMatchObject({
      started: false,
      apiAnswers: true,
      vmId: sandbox.vmId,
      target: sandbox.target,
      socketPath: sandbox.socketPath,
    })
    expect(await onlineStores(sandbox)).toEqual(['default'])
  })

  it('is closed to others: folders 0700, sockets 0600', () => {
    expect(statSync(sandbox.directory).mode & 0o777).toBe(0o700)
    expect(statSync(path.dirname(sandbox.socketPath)).mode & 0o777).toBe(0o700)
    expect(statSync(sandbox.socketPath).mode & 0o777).toBe(0o600)
    expect(statSync(sandbox.controlPath).mode & 0o777).toBe(0o600)
  })

  it('describes itself by variables, as a VCH for everything or as a consumer', () => {
    expect(sandbox.environment()).toMatchObject({
      DOCKER_HOST: `unix://${sandbox.socketPath}`,
      VIC_MACHINE_TARGET: sandbox.target,
      VIC_MACHINE_PASSWORD: 'sandbox',
      VICNFS_VCH: 'vch1',
    })
    expect(sandbox.environment('consumer')).toHaveProperty('VICNFS_CONSUMER_HOST', `unix://${sandbox.socketPath}`)
    expect(sandbox.environment('consumer')).not.toHaveProperty('DOCKER_HOST')
  })

  it('shares no network with a second sandbox, but the portmap port', async () => {
    const second = await sandboxes.start({name: 'second', networks: [{name: 'dhcp-net', dhcp: {delayMs: 10}}]})
    const subnets = [...stateOf(sandbox).networks, ...stateOf(second).networks].flatMap(({subnet}) => subnet ?? [])
    expect(new Set(subnets).size).toBe(subnets.length)
    expect(second.portmapPort).toBe(sandbox.portmapPort)
    expect(second.networkNames).toEqual(['bridge', 'storage-net', 'dhcp-net'])
    expect([second.vmId, second.target]).not.toEqual([sandbox.vmId, sandbox.target])
    expect((await sandboxStatus([], {stateDirectory})).map(({name, condition}) => `${name} ${condition}`)).toEqual([
      'second running',
      'vch1 running',
    ])
    expect(await stopSandbox('second', {stateDirectory, removeState: true})).toMatchObject({
      outcome: 'stopped',
      removed: true,
    })
    expect(existsSync(second.directory)).toBe(false)
  })

  it('refuses another release under the same name', async () => {
    await expect(sandboxes.start({vicVersion: '1.4.3'})).rejects.toMatchObject({code: 'VN-SANDBOX-DIFFERENT'})
  })

  it('goes on from its state after its process was killed, and its containers have lived on', async () => {
    const container = await startSleeper(sandbox)
    await killDaemon(sandbox)
    expect((await sandboxStatus(['vch1'], {stateDirectory}))[0]?.condition).toBe('killed')
    expect(isAlive(container)).toBe(true)
    const again = await sandboxes.start()
    expect(again).toMatchObject({started: true, apiAnswers: true, vmId: sandbox.vmId})
    const listed = await docker(again, 'GET', '/containers/json')
    expect(listed.json).toEqual([expect.objectContaining({Names: ['/sleeper']})])
    expect(isAlive(container)).toBe(true)
  })

  it('leaves no process when it is stopped, and stopping again does nothing', async () => {
    const daemon = readDaemonMark(sandbox.directory)
    const [record] = stateOf(sandbox).containers
    if (!daemon || !record?.pid || !record.pidStartTicks) throw new Error('nothing to stop')
    expect(await stopSandbox('vch1', {stateDirectory})).toMatchObject({outcome: 'stopped', removed: false})
    expect(isAlive(daemon)).toBe(false)
    expect(isAlive({pid: record.pid, startTicks: record.pidStartTicks})).toBe(false)
    expect(await stopSandbox('vch1', {stateDirectory})).toMatchObject({outcome: 'was-stopped'})
    expect((await vicMachine(sandbox, 'ls')).stdout).toContain(
      'this VCH is an emulation of vicnfs, and it is not running',
    )
    expect(await stopSandbox('never-made', {stateDirectory})).toMatchObject({outcome: 'absent'})
  })

  it('ends the containers of a killed sandbox too', async () => {
    const again = await sandboxes.start()
    await docker(again, 'DELETE', '/containers/sleeper?force=1')
    const container = await startSleeper(again)
    await killDaemon(again)
    expect(isAlive(container)).toBe(true)
    expect(await stopSandbox('vch1', {stateDirectory})).toMatchObject({outcome: 'stopped'})
    expect(isAlive(container)).toBe(false)
  })

  it('does not take a boot that is slower than it should be for one that fails', async () => {
    const slow = await sandboxes.start({name: 'slow'})
    await withControl(slow, async (control) => {
      await control.setKnobs({bootDelayMs: 4000})
      await control.vchPowerOff()
      await control.vchPowerOn()
    })
    const expected = {...stateOf(slow), knobs: {...stateOf(slow).knobs, ...QUICK_KNOBS}}
    expect(await waitForApi(slow.directory, expected, {timeoutMs: 60_000})).toBe(true)
    expect(await onlineStores(slow)).toEqual(['default'])
  })

  it('is not waited for any longer when its process ends while the VCH boots', async () => {
    const ending = await sandboxes.start({name: 'ending'})
    await withControl(ending, async (control) => {
      await control.setKnobs({bootDelayMs: 600_000})
      await control.vchPowerOff()
      await control.vchPowerOn()
    })
    const waiting = waitForApi(ending.directory, stateOf(ending), {timeoutMs: 300_000})
    const [outcome] = await Promise.allSettled([waiting, killDaemon(ending)])
    expect(outcome).toMatchObject({status: 'rejected', reason: {code: 'VN-SANDBOX-START'}})
  })

  it('does not hang at the start of a VCH that boots again and again', async () => {
    const looping = await sandboxes.start({
      name: 'looping',
      stores: ['nfs://127.0.0.1/nowhere:dead'],
      knobs: QUICK_KNOBS,
    })
    expect(looping).toMatchObject({started: true, apiAnswers: false})
  })
})
