import type {StateStore} from '../state/state-store.js'
import type {ContainerRecord} from '../state/sandbox-state.js'
import {openContainerLog, type ContainerLog} from './container-log.js'
import type {ContainerEvents} from './container-events.js'
import type {ContainerProcess} from './container-process.js'
import type {MountedDirectory} from './working-directory.js'
import {VchError} from './vch-error.js'

/** What the endpoint VM does for containers while it is on. */
export interface EndpointServices {
  /** DNAT of a bridge container's published ports. @throws VchError 500 when a port is taken */
  mapPorts(record: ContainerRecord): Promise<void>
  unmapPorts(id: string): void
  removeVolume(name: string): Promise<void>
}

/** What is known of a container only while the daemon lives. */
export interface ContainerRuntime {
  readonly log: ContainerLog
  phase?: 'Starting' | 'Stopping'
  process?: ContainerProcess
  starting?: Promise<void>
  /** It ends in order to be started again, which is no end for `--rm`. */
  restarting?: boolean
  /** Holds its VMDK volumes from the beginning of its start. */
  holdsDisks: boolean
  /** Directories of the mounts of the running process. */
  directories: readonly MountedDirectory[]
  /** When a DHCP address begins to show. */
  addressShownAtMs: number
  readonly endWaiters: Set<(exitCode: number) => void>
}

export interface HostContext {
  readonly store: StateStore
  readonly events: ContainerEvents
  readonly runtimes: Map<string, ContainerRuntime>
  services: EndpointServices | undefined
  /** The sandbox ends: nothing is started any more, and the end of a container is no reason to remove it. */
  stopping: boolean
}

export function runtimeOf(host: HostContext, id: string): ContainerRuntime {
  let runtime = host.runtimes.get(id)
  if (runtime === undefined) {
    const log = openContainerLog(host.store.containerDirectory(id))
    runtime = {log, holdsDisks: false, directories: [], addressShownAtMs: 0, endWaiters: new Set()}
    host.runtimes.set(id, runtime)
  }
  return runtime
}

/** By id, name or unique beginning of an id. */
export function findContainer(host: HostContext, wanted: string): ContainerRecord | undefined {
  const {containers} = host.store.state
  const name = wanted.replace(/^\//, '')
  const exact = containers.find((one) => one.id === name || one.name === name)
  if (exact !== undefined || name === '') return exact
  const begun = containers.filter((one) => one.id.startsWith(name))
  return begun.length === 1 ? begun[0] : undefined
}

/** @throws VchError 404 in the VCH's words */
export function needContainer(host: HostContext, wanted: string): ContainerRecord {
  const record = findContainer(host, wanted)
  if (record === undefined) throw new VchError(404, `No such container: ${wanted}`)
  return record
}
