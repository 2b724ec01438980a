import path from 'node:path'
import {setTimeout as delay} from 'node:timers/promises'
import {messageOf} from '../../model/vicnfs-error.js'
import type {ContainerVms} from '../endpoint-vm/endpoint-vm-api.js'
import type {ContainerRecord} from '../state/sandbox-state.js'
import type {StateStore} from '../state/state-store.js'
import {createContainerEvents} from './container-events.js'
import {adoptProcess} from './container-process.js'
import {finishContainer, forgetContainer, sayInDaemonLog} from './end-container.js'
import {findContainer, needContainer, runtimeOf, type EndpointServices, type HostContext} from './host-context.js'
import {endMarked} from './marked-processes.js'
import {resumeLater} from './resume-containers.js'
import {followProcess, startContainer} from './start-container.js'
import {killContainer, powerOffContainer, stopContainer, whenEnded} from './stop-container.js'
import {VchError} from './vch-error.js'
import {directoriesOf} from './volume-mounts.js'

/** The ESXi hosts of the sandbox: every container VM runs here, whether the endpoint VM is on or not. */
export interface ContainerHost extends ContainerVms {
  readonly context: HostContext
  /** Set while the endpoint VM is on. */
  connect(services: EndpointServices | undefined): void
  find(idOrName: string): ContainerRecord | undefined
  /** @throws VchError 404 */
  need(idOrName: string): ContainerRecord
  start(record: ContainerRecord): Promise<void>
  stop(record: ContainerRecord, timeoutS?: number): Promise<void>
  kill(record: ContainerRecord, signal: NodeJS.Signals): void
  restart(record: ContainerRecord, timeoutS?: number): Promise<void>
  whenEnded(record: ContainerRecord, signal?: AbortSignal): Promise<number>
  remove(record: ContainerRecord, options: {readonly force: boolean; readonly volumes: boolean}): Promise<void>
  /**
   * Takes over the processes that an earlier daemon left running. The others count as ended, and are to be powered on
   * again (facts/vch-docker-api.md § 3.8); those with NFS volumes stay as they are until `finishLost`.
   */
  adopt(): Promise<void>
  /** Writes back what lost containers changed on NFS volumes, whose servers must run by now. */
  finishLost(): Promise<void>
  /** Powers off the containers with NFS volumes, while their servers still run; nothing is started from now on. */
  stopClients(graceMs: number): Promise<void>
  /** Powers every container VM off in order (stop signal, grace period, then KILL): NFS clients, then the others. */
  stopAll(graceMs: number): Promise<void>
}

/** @throws VchError 409 */
async function removeContainer(
  host: HostContext,
  record: ContainerRecord,
  options: {readonly force: boolean; readonly volumes: boolean},
): Promise<void> {
  const starting = runtimeOf(host, record.id).starting !== undefined
  if (!options.force && starting) throw new VchError(409, 'The container is starting.  To remove use -f')
  if (!options.force && record.power === 'running') {
    throw new VchError(
      409,
      'You cannot remove a running container. Stop the container before attempting removal or use -f',
    )
  }
  await stopContainer(host, record, 0)
  // A container with AutoRemove is gone by now.
  if (findContainer(host, record.id) !== undefined) await forgetContainer(host, record, options.volumes)
}

const usesNfs = (record: ContainerRecord): boolean => record.mounts.some((mount) => mount.nfs !== undefined)

async function adopt(host: HostContext): Promise<void> {
  const {store} = host
  const lost: ContainerRecord[] = []
  const kept: string[] = []
  for (const record of store.state.containers.filter((one) => one.power === 'running')) {
    const {pid, pidStartTicks} = record
    const process = pid === undefined ? undefined : adoptProcess(pid, pidStartTicks ?? '')
    if (process === undefined) {
      lost.push(record)
      continue
    }
    kept.push(store.containerDirectory(record.id))
    runtimeOf(host, record.id).directories = directoriesOf(store, record)
    followProcess(host, record, process)
  }
  await endMarked(path.join(store.directory, 'containers'), kept)
  if (lost.length > 0) store.update((state) => resumeLater(state, lost))
  for (const record of lost.filter((one) => !usesNfs(one))) await finishContainer(host, record, undefined)
}

async function finishLost(host: HostContext): Promise<void> {
  const lost = host.store.state.containers.filter(
    (record) => record.power === 'running' && runtimeOf(host, record.id).process === undefined,
  )
  await Promise.all(lost.map((record) => finishContainer(host, record, undefined)))
}

async function stopThese(host: HostContext, graceMs: number, wanted: (one: ContainerRecord) => boolean): Promise<void> {
  const running = host.store.state.containers.filter(
    (one) => wanted(one) && (one.power === 'running' || host.runtimes.get(one.id)?.starting !== undefined),
  )
  const ends = await Promise.allSettled(
    running.map(async (record) => {
      const stopped = stopContainer(host, record, 1)
      await Promise.race([stopped.catch(() => undefined), delay(graceMs, undefined, {ref: false})])
      await powerOffContainer(host, record)
      await stopped
    }),
  )
  for (const end of ends) if (end.status === 'rejected') sayInDaemonLog(`stop of a container: ${messageOf(end.reason)}`)
}

/** What a client's process wrote goes to its server when the process has ended, so servers are stopped last. */
async function stopClients(host: HostContext, graceMs: number): Promise<void> {
  host.stopping = true
  await stopThese(host, graceMs, usesNfs)
}

async function stopAll(host: HostContext, graceMs: number): Promise<void> {
  await stopClients(host, graceMs)
  await stopThese(host, graceMs, () => true)
}

/** The container stays one and the same, also with AutoRemove. */
async function restartContainer(host: HostContext, record: ContainerRecord, timeoutS?: number): Promise<void> {
  const runtime = runtimeOf(host, record.id)
  runtime.restarting = true
  try {
    await stopContainer(host, record, timeoutS)
  } finally {
    delete runtime.restarting
  }
  await startContainer(host, record)
  host.events.emit('restart', record)
}

/** Makes the host of one sandbox's container VMs. Call `adopt` once before the endpoint VM is powered on. */
export function createContainerHost({store}: {readonly store: StateStore}): ContainerHost {
  const context: HostContext = {
    store,
    events: createContainerEvents(),
    runtimes: new Map(),
    services: undefined,
    stopping: false,
  }
  const need = (id: string): ContainerRecord => needContainer(context, id)
  return {
    context,
    connect: (services) => void (context.services = services),
    find: (wanted) => findContainer(context, wanted),
    need,
    start: (record) => startContainer(context, record),
    stop: (record, timeoutS) => stopContainer(context, record, timeoutS),
    kill: (record, signal) => killContainer(context, record, signal),
    restart: (record, timeoutS) => restartContainer(context, record, timeoutS),
    whenEnded: (record, signal) => whenEnded(context, record, signal),
    remove: (record, options) => removeContainer(context, record, options),
    adopt: () => adopt(context),
    finishLost: () => finishLost(context),
    stopClients: (graceMs) => stopClients(context, graceMs),
    stopAll: (graceMs) => stopAll(context, graceMs),
    powerOff: (id) => powerOffContainer(context, need(id)),
    powerOn: (id) => startContainer(context, need(id)),
    destroy: async (id) => {
      const record = need(id)
      await powerOffContainer(context, record)
      if (findContainer(context, id) !== undefined) await forgetContainer(context, record, false)
    },
  }
}
