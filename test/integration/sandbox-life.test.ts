import {existsSync, readFileSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {setTimeout as delay} from 'node:timers/promises'
import {afterAll, describe, expect, it} from '@jest/globals'
import {markedProcesses} from '../../src/sandbox/containers/marked-processes.js'
import type {SandboxHandle} from '../../src/sandbox/lifecycle/handle.js'
import {isAlive} from '../../src/sandbox/lifecycle/process-mark.js'
import {readDaemonMark, runningDaemons} from '../../src/sandbox/lifecycle/sandbox-directory.js'
import {sandboxStatus} from '../../src/sandbox/lifecycle/sandbox-status.js'
import {startSandbox} from '../../src/sandbox/lifecycle/start-sandbox.js'
import {stopSandbox} from '../../src/sandbox/lifecycle/stop-sandbox.js'
import type {SandboxState} from '../../src/sandbox/state/sandbox-state.js'
import {docker, onlineStores, QUICK_KNOBS, sandboxesForTest, vicMachine} from '../helpers/stand-in-world.js'

const sandboxes = sandboxesForTest()
const {stateDirectory} = sandboxes
afterAll(() => sandboxes.end())

async function make(sandbox: SandboxHandle, name: string, body: Record<string, unknown>): Promise<void> {
  expect((await docker(sandbox, 'POST', `/containers/create?name=${name}`, body)).status).toBe(201)
  expect((await docker(sandbox, 'POST', `/containers/${name}/start`)).status).toBe(204)
}

async function said(sandbox: SandboxHandle, name: string, words: RegExp): Promise<void> {
  for (;;) {
    const {json} = await docker(sandbox, 'GET', `/containers/${name}/logs?stdout=1&stderr=1`)
    if (words.test(String(json))) return
    await delay(10)
  }
}

async function running(sandbox: SandboxHandle): Promise<string[]> {
  const {json} = await docker(sandbox, 'GET', '/containers/json')
  return (json as {Names: string[]}[]).flatMap(({Names}) => Names).sort()
}

/** Whether the state file knows the process of a container. */
function hasProcess({directory}: SandboxHandle, name: string): boolean {
  const {containers} = JSON.parse(readFileSync(path.join(directory, 'state.json'), 'utf8')) as SandboxState
  return containers.some((one) => one.name === name && one.pid !== undefined)
}

async function killAll({directory}: SandboxHandle): Promise<void> {
  // All at once, as when the machine goes down.
  const daemon = readDaemonMark(directory)
  for (const {pid} of markedProcesses(directory)) process.kill(pid, 'SIGKILL')
  // A process on its way out has lost its mark already, and is none of the living only a moment later.
  while (markedProcesses(directory).length > 0 || (daemon !== undefined && isAlive(daemon))) await delay(5)
}

/** A VCH with a store on a share that one of its own containers serves, and a container that writes there. */
async function selfHosted(): Promise<SandboxHandle> {
  const sandbox = await sandboxes.start({name: 'selfish', networks: [{name: 'open-net', trust: 'open'}]})
  await make(sandbox, 'server', {
    Image: 'vicnfs/nfs-server:0.1',
    Env: [
      'EXPORT_FOLDER=/export',
      'EXPORT_UID=1000',
      'EXPORT_GID=1000',
      'EXPORT_OPTS=*(rw,insecure,no_root_squash,no_subtree_check)',
    ],
    HostConfig: {Binds: ['data:/export'], NetworkMode: 'open-net'},
  })
  await said(sandbox, 'server', /ready:/)
  const {json} = await docker(sandbox, 'GET', '/containers/server/json')
  const {Networks} = (json as {NetworkSettings: {Networks: Record<string, {IPAddress: string}>}}).NetworkSettings
  const address = Networks['open-net']?.IPAddress ?? ''
  const stores = ['datastore1/volumes:default', `nfs://${address}/export:shared`]
  const words = stores.flatMap((store) => ['--volume-store', store])
  expect(await vicMachine(sandbox, 'configure', '--name', 'selfish', ...words)).toMatchObject({exitCode: 0})
  const volume = {Name: 'nv', Driver: 'vsphere', DriverOpts: {VolumeStore: 'shared'}}
  expect((await docker(sandbox, 'POST', '/volumes/create', volume)).status).toBe(201)
  await make(sandbox, 'client', {
    Image: 'busybox:latest',
    WorkingDir: '/m',
    Cmd: ['sh', '-c', 'echo more >> f; echo written; exec sleep 300'],
    HostConfig: {Binds: ['nv:/m']},
  })
  await said(sandbox, 'client', /written/)
  return sandbox
}

describe('a sandbox with a store on a share of its own', () => {
  it('saves what its containers wrote when it stops or is killed, and goes on', async () => {
    const sandbox = await selfHosted()
    const file = path.join(sandbox.directory, 'volumes/data/volumes/nv/f')
    const saved = () => (existsSync(file) ? readFileSync(file, 'utf8') : '')
    await stopSandbox('selfish', {stateDirectory})
    expect(saved()).toBe('more\n')

    const again = await sandboxes.start({name: 'selfish', networks: [{name: 'open-net', trust: 'open'}]})
    expect(again.apiAnswers).toBe(true)
    expect(await onlineStores(again)).toEqual(['default', 'shared'])
    expect(await running(again)).toEqual(['/client', '/server'])
    // It has written once more, and the sandbox has noted that it runs.
    await said(again, 'client', /written[^]*written/)
    while (!hasProcess(again, 'client')) await delay(10)

    await killAll(again)
    expect((await sandboxStatus(['selfish'], {stateDirectory}))[0]?.condition).toBe('killed')
    const third = await sandboxes.start({name: 'selfish', networks: [{name: 'open-net', trust: 'open'}]})
    expect(third.apiAnswers).toBe(true)
    expect(await running(third)).toEqual(['/client', '/server'])
    expect(saved()).toBe('more\nmore\n')
  })
})

describe('a sandbox in trouble', () => {
  it('has one process, also when a start was given up or its mark is damaged', async () => {
    const options = {name: 'single', stateDirectory, knobs: QUICK_KNOBS}
    const hurry = new AbortController()
    const first = startSandbox(options, {signal: hurry.signal})
    const state = path.join(stateDirectory, 'sandboxes', 'single')
    while (runningDaemons(state).length === 0) await delay(2)
    hurry.abort()
    await first.catch(() => undefined)
    const sandbox = await sandboxes.start(options)
    // The second one, if there was one, ends when it finds the first one.
    while (runningDaemons(sandbox.directory).length > 1) await delay(5)
    const mark = readDaemonMark(sandbox.directory)
    for (const damage of ['null', '{}', '{"pid":']) {
      writeFileSync(path.join(sandbox.directory, 'daemon.json'), damage)
      expect(await sandboxes.start(options)).toMatchObject({started: false, apiAnswers: true})
      expect(runningDaemons(sandbox.directory)).toEqual([mark])
    }
    expect(await stopSandbox('single', {stateDirectory})).toMatchObject({outcome: 'stopped'})
    expect(markedProcesses(sandbox.directory)).toEqual([])
  })

  it('can be stopped and removed although its state is damaged, and leaves no process', async () => {
    const sandbox = await sandboxes.start({name: 'damaged'})
    await make(sandbox, 'loose', {
      Image: 'busybox:latest',
      Cmd: ['sh', '-c', 'setsid sleep 300 & echo begun; exec sleep 300'],
    })
    await said(sandbox, 'loose', /begun/)
    const daemon = readDaemonMark(sandbox.directory)
    if (daemon === undefined) throw new Error('no daemon')
    process.kill(daemon.pid, 'SIGKILL')
    while (isAlive(daemon)) await delay(5)
    writeFileSync(path.join(sandbox.directory, 'state.json'), '{"schemaVersion": 1, "name"')
    expect((await sandboxStatus(['damaged'], {stateDirectory}))[0]?.condition).toBe('damaged')
    await expect(sandboxes.start({name: 'damaged'})).rejects.toMatchObject({code: 'VN-SANDBOX-STATE'})
    expect(await stopSandbox('damaged', {stateDirectory, removeState: true})).toMatchObject({
      outcome: 'stopped',
      removed: true,
    })
    expect(markedProcesses(sandbox.directory)).toEqual([])
    expect(existsSync(sandbox.directory)).toBe(false)
    expect(existsSync(path.dirname(sandbox.socketPath))).toBe(false)
  })
})
