import {setTimeout as delay} from 'node:timers/promises'
import type {ContainerVms} from '../endpoint-vm/endpoint-vm-api.js'
import type {ContainerRecord} from '../state/sandbox-state.js'
import type {StateStore} from '../state/state-store.js'
import {createContainerEvents} from './container-events.js'
import {adoptProcess} from './container-process.js'
import {finishContainer, forgetContainer} from './end-container.js'
import {findContainer, needContainer, runtimeOf, type EndpointServices, type HostContext} from './host-context.js'
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
  /** Takes over the processes that an earlier daemon left running; the others count as ended. */
  adopt(): Promise<void>
  /** Powers every container VM off in order (stop signal, grace period, then KILL). */
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
      `You cannot remove a running container ${record.id}. Stop the container before attempting removal or use -f`,
    )
  }
  await stopContainer(host, record, 0)
  // A container with AutoRemove is gone by now.
  if (findContainer(host, record.id) !== undefined) await forgetContainer(host, record, options.volumes)
}

async function adopt(host: HostContext): Promise<void> {
  for (const record of host.store.state.containers.filter((one) => one.power === 'running')) {
    const {pid, pidStartTicks} = record
    const process = pid === undefined ? undefined : adoptProcess(pid, pidStartTicks ?? '')
    if (process === undefined) {
      await finishContainer(host, record, undefined)
      continue
    }
    runtimeOf(host, record.id).directories = directoriesOf(host.store, record)
    followProcess(host, record, process)
  }
}

async function stopAll(host: HostContext, graceMs: number): Promise<void> {
  const running = host.store.state.containers.filter(
    (one) => one.power === 'running' || host.runtimes.get(one.id)?.starting !== undefined,
  )
  await Promise.all(
    running.map(async (record) => {
      const stopped = stopContainer(host, record, 1)
      await Promise.race([stopped, delay(graceMs, undefined, {ref: false})])
      await powerOffContainer(host, record)
      await stopped
    }),
  )
}

/** Makes the host of one sandbox's container VMs. Call `adopt` once before the endpoint VM is powered on. */
export function createContainerHost({store}: {readonly store: StateStore}): ContainerHost {
  const context: HostContext = {store, events: createContainerEvents(), runtimes: new Map(), services: undefined}
  const need = (id: string): ContainerRecord => needContainer(context, id)
  return {
    context,
    connect: (services) => void (context.services = services),
    find: (wanted) => findContainer(context, wanted),
    need,
    start: (record) => startContainer(context, record),
    stop: (record, timeoutS) => stopContainer(context, record, timeoutS),
    kill: (record, signal) => killContainer(context, record, signal),
    restart: async (record, timeoutS) => {
      await stopContainer(context, record, timeoutS)
      await startContainer(context, record)
      context.events.emit('restart', record)
    },
    whenEnded: (record, signal) => whenEnded(context, record, signal),
    remove: (record, options) => removeContainer(context, record, options),
    adopt: () => adopt(context),
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
