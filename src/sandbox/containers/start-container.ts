import {setTimeout as delay} from 'node:timers/promises'
import {messageOf} from '../../model/vicnfs-error.js'
import type {ContainerRecord} from '../state/sandbox-state.js'
import {chooseAddress, networkOf} from './addresses.js'
import {finishContainer, removeOnExit, sayInDaemonLog} from './end-container.js'
import {runtimeOf, type ContainerRuntime, type HostContext} from './host-context.js'
import {guardContainer, launchMain} from './launch-command.js'
import type {ContainerProcess} from './container-process.js'
import {prepareMounts} from './volume-mounts.js'
import {VchError} from './vch-error.js'
import {vicBehaviour} from './vic-behaviour.js'

/** Seconds, as a VCH shows start and end times. */
export function nowInSeconds(): string {
  return new Date().toISOString().replace(/\.\d+Z$/, 'Z')
}

/** A VMDK is attached to one running VM at a time. @throws VchError 409 */
function holdDisks(host: HostContext, record: ContainerRecord, runtime: ContainerRuntime): void {
  const disks = record.mounts.filter((mount) => mount.nfs === undefined).map((mount) => mount.volume)
  for (const other of host.store.state.containers) {
    if (other.id === record.id || host.runtimes.get(other.id)?.holdsDisks !== true) continue
    const busy = other.mounts.find((mount) => mount.nfs === undefined && disks.includes(mount.volume))
    if (busy !== undefined) throw new VchError(409, `Conflict error from portlayer: device ${busy.volume} in use`)
  }
  runtime.holdsDisks = true
}

function takeAddress(host: HostContext, record: ContainerRecord, runtime: ContainerRuntime): void {
  const address = chooseAddress(host.store.state, record)
  const delayMs = networkOf(host.store.state, record).dhcp?.delayMs ?? 0
  runtime.addressShownAtMs = Date.now() + delayMs
  host.store.update(() => void (record.address = address))
}

/** Before 1.5.2 an address is given back when the container stops. */
export function releaseAddress(host: HostContext, record: ContainerRecord): void {
  const {vicVersion} = host.store.state
  const keeps = vicBehaviour(vicVersion).keepsAddress || networkOf(host.store.state, record).dhcp !== undefined
  if (!keeps) host.store.update(() => void (record.address = ''))
}

/** From here on the process is the container's, and its end is the container's end. */
export function followProcess(host: HostContext, record: ContainerRecord, process: ContainerProcess): void {
  const runtime = runtimeOf(host, record.id)
  runtime.process = process
  runtime.holdsDisks = true
  runtime.log.begin()
  void process.ended
    .then((exitCode) => finishContainer(host, record, exitCode))
    .catch((error: unknown) => sayInDaemonLog(`end of container ${record.name}: ${messageOf(error)}`))
}

async function launch(host: HostContext, record: ContainerRecord, runtime: ContainerRuntime): Promise<void> {
  const addressBefore = record.address
  try {
    await delay(host.store.state.knobs.containerStartDelayMs)
    holdDisks(host, record, runtime)
    guardContainer(record)
    takeAddress(host, record, runtime)
    runtime.directories = await prepareMounts(host.store, record, {note: (line) => runtime.log.note(line)})
    await host.services?.mapPorts(record)
    const process = await launchMain(host, record, runtime)
    host.store.update(() => {
      Object.assign(record, {power: 'running', exitCode: 0, startedAt: nowInSeconds(), finishedAt: ''})
      Object.assign(record, {pid: process.pid, pidStartTicks: process.startTicks})
    })
    followProcess(host, record, process)
    host.events.emit('start', record)
  } catch (error) {
    runtime.holdsDisks = false
    host.services?.unmapPorts(record.id)
    host.store.update(() => void (record.address = addressBefore))
    await removeOnExit(host, record)
    throw error
  }
}

/** Powers the container VM on; nothing when it runs already. @throws VchError in the VCH's words */
export async function startContainer(host: HostContext, record: ContainerRecord): Promise<void> {
  if (record.power === 'running') return
  if (host.stopping) throw new VchError(500, 'the vicnfs sandbox is being stopped')
  const runtime = runtimeOf(host, record.id)
  if (runtime.starting === undefined) {
    runtime.phase = 'Starting'
    runtime.starting = launch(host, record, runtime).finally(() => {
      delete runtime.phase
      delete runtime.starting
    })
  }
  await runtime.starting
}
