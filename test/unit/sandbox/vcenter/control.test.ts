import {mkdtempSync, rmSync} from 'node:fs'
import {connect} from 'node:net'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {afterEach, beforeEach, describe, expect, it} from '@jest/globals'
import type {ContainerVms, EndpointVm} from '../../../../src/sandbox/endpoint-vm/endpoint-vm-api.js'
import {firstState} from '../../../../src/sandbox/lifecycle/first-state.js'
import {runDaemon} from '../../../../src/sandbox/lifecycle/run-daemon.js'
import {SANDBOX_PASSWORD, SANDBOX_USER} from '../../../../src/sandbox/state/sandbox-state.js'
import {StateStore} from '../../../../src/sandbox/state/state-store.js'
import type {ControlClient} from '../../../../src/sandbox/vcenter/control-api.js'
import {connectControl} from '../../../../src/sandbox/vcenter/control-client.js'

/** An endpoint VM without a boot, and container VMs that note what is done to them. */
function fakeVms(deeds: string[]) {
  let on = false
  const endpointVm: EndpointVm = {
    get report() {
      return {clientAddress: on ? '127.70.2.2' : '', componentsStarted: on}
    },
    failedBoots: 0,
    powerOn: () => void ((on = true), deeds.push('power on')),
    powerOff: async () => void ((on = false), deeds.push('power off')),
  }
  const note = (deed: string) => async (id: string) => void deeds.push(`${deed} ${id}`)
  const containers: ContainerVms = {powerOff: note('off'), powerOn: note('on'), destroy: note('destroy')}
  return {endpointVm, containers, endAll: async () => void deeds.push('end all')}
}

let folder: string
let store: StateStore
let deeds: string[]
let control: ControlClient
let running: Promise<void>
let abort: AbortController
const id = () => store.state.vmId

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'vicnfs-control-'))
  const state = firstState({
    name: 'sandbox',
    vicVersion: '1.5.8',
    vicMachineVersion: '1.5.8',
    subnets: ['127.70.2', '127.70.3'],
    networks: [],
    stores: ['datastore1/volumes:default'],
    knobs: {guestShutdownMs: 1},
    socketPath: path.join(folder, 'docker.sock'),
    portmapPort: 111,
  })
  store = StateStore.create(folder, state)
  deeds = []
  abort = new AbortController()
  const controlPath = path.join(folder, 'control.sock')
  running = runDaemon(store, fakeVms(deeds), {controlPath, signal: abort.signal})
  for (;;) {
    try {
      control = await connectControl(controlPath)
      break
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
  }
})

afterEach(async () => {
  control.close()
  abort.abort()
  await running
  rmSync(folder, {recursive: true, force: true})
})

describe('the control server', () => {
  it('wants a login for what vCenter offers, in vCenter’s words, and none for what a sandbox has', async () => {
    await expect(control.readVch(id())).rejects.toMatchObject({fault: 'NotAuthenticated'})
    await expect(control.login(SANDBOX_USER, 'wrong')).rejects.toThrow(
      'ServerFaultCode: Cannot complete login due to an incorrect user name or password.',
    )
    await expect(control.readVch(id())).rejects.toMatchObject({fault: 'NotAuthenticated'})
    await control.login(SANDBOX_USER, SANDBOX_PASSWORD)
    expect(await control.readVch(id())).toMatchObject({name: 'sandbox', power: 'on', version: 'v1.5.8-10000-2c978fe'})
    expect(await control.status()).toMatchObject({name: 'sandbox', power: 'on', snapshots: [], updateInProgress: false})
  })

  it('keeps flag, snapshots, stores and power in the state', async () => {
    await control.login(SANDBOX_USER, SANDBOX_PASSWORD)
    const before = store.state.guestInfo.stores
    await control.setUpdateInProgress(id(), true)
    await control.createSnapshot(id(), 'reconfigure for 10000')
    await control.shutdownGuest(id())
    await control.reconfigure(id(), {stores: []})
    await control.powerOn(id())
    await expect(control.powerOn(id())).rejects.toMatchObject({fault: 'InvalidPowerState'})
    expect(StateStore.open(folder).state).toMatchObject({power: 'on', guestInfo: {stores: [], updateInProgress: true}})
    await control.revertToSnapshot(id(), 'reconfigure for 10000')
    expect(StateStore.open(folder).state).toMatchObject({
      power: 'off',
      guestInfo: {stores: before, updateInProgress: true},
    })
    expect(deeds).toEqual(['power on', 'power off', 'power on', 'power off'])
  })

  it('reverts by name only where the name is one snapshot’s; the newest one goes past the name', async () => {
    await control.login(SANDBOX_USER, SANDBOX_PASSWORD)
    const first = await control.createSnapshot(id(), 'twice')
    await control.reconfigure(id(), {stores: []})
    const second = await control.createSnapshot(id(), 'twice')
    await expect(control.revertToSnapshot(id(), 'twice')).rejects.toThrow('"twice" resolves to 2 snapshots')
    await control.revertNewestSnapshot()
    expect(store.state).toMatchObject({power: 'on', guestInfo: {stores: []}})
    await control.deleteSnapshot(id(), second.id)
    expect(await control.listSnapshots(id())).toEqual([first])
    await control.revertToSnapshot(id(), 'twice')
    expect(store.state.guestInfo.stores).toHaveLength(1)
  })

  it('passes on what is done to container VMs, and fails where it was told to', async () => {
    await control.container('abc', 'powerOff')
    await control.container('abc', 'destroy')
    expect(deeds.slice(1)).toEqual(['off abc', 'destroy abc'])
    await control.injectFault('about', 'SystemError', 1)
    await expect(control.about()).rejects.toThrow('*types.SystemError')
    expect(await control.about()).toMatchObject({host: store.state.target, thumbprint: store.state.thumbprint})
    await control.setKnobs({bootDelayMs: 7})
    expect(StateStore.open(folder).state.knobs.bootDelayMs).toBe(7)
  })

  it('closes on garbage and goes on for the others', async () => {
    const socket = connect(path.join(folder, 'control.sock'))
    await new Promise((resolve) => {
      socket.once('close', resolve)
      socket.write('{"id":1,"op":"status","args":[]}x\n')
    })
    expect(await control.status()).toMatchObject({name: 'sandbox'})
  })

  it('refuses what it does not know', async () => {
    await control.login(SANDBOX_USER, SANDBOX_PASSWORD)
    await expect(control.readVch('vm-0')).rejects.toMatchObject({fault: 'ManagedObjectNotFound'})
    const socket = connect(path.join(folder, 'control.sock'))
    const answer = new Promise<string>((resolve) =>
      socket.setEncoding('utf8').once('data', (text: string) => resolve(text)),
    )
    const login = {id: 1, op: 'login', args: [SANDBOX_USER, SANDBOX_PASSWORD]}
    socket.write(`${JSON.stringify(login)}\n`)
    expect(JSON.parse(await answer)).toMatchObject({id: 1, ok: true})
    const refusal = new Promise<string>((resolve) => socket.once('data', (text: string) => resolve(text)))
    socket.write(`${JSON.stringify({id: 2, op: 'toString', args: []})}\n`)
    expect(JSON.parse(await refusal)).toMatchObject({id: 2, ok: false, fault: 'MethodNotFound'})
    socket.destroy()
  })

  it('ends everything when asked to, and gives a waiting caller its answer', async () => {
    await control.stop()
    await running
    expect(deeds.at(-1)).toBe('end all')
    expect(store.state.power).toBe('on')
  })
})
