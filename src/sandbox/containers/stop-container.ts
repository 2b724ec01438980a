import os from 'node:os'
import {setTimeout as delay} from 'node:timers/promises'
import type {ContainerRecord} from '../state/sandbox-state.js'
import {readRequest} from './create-request.js'
import type {ContainerProcess} from './container-process.js'
import {runtimeOf, type ContainerRuntime, type HostContext} from './host-context.js'
import {signalProcess} from './process-identity.js'
import {VchError} from './vch-error.js'

const DEFAULT_STOP_S = 10

/** Reads `TERM`, `SIGTERM` or `15`. @throws VchError 400 */
export function readSignal(text: string): NodeJS.Signals {
  const names = Object.entries(os.constants.signals)
  const byNumber = /^\d+$/.test(text) ? names.find(([, value]) => value === Number(text))?.[0] : undefined
  const name = byNumber ?? `SIG${text.toUpperCase().replace(/^SIG/, '')}`
  if (!(name in os.constants.signals)) throw new VchError(400, `Invalid signal: ${text}`)
  return name as NodeJS.Signals
}

/** The stop signal of a request; one that nobody knows counts as none. */
function stopSignalOf(text: string): NodeJS.Signals {
  try {
    return readSignal(text)
  } catch {
    return 'SIGTERM'
  }
}

/** Resolves with the exit code when the container is no longer running; never for one that was not started. */
export function whenEnded(host: HostContext, record: ContainerRecord, signal?: AbortSignal): Promise<number> {
  if (record.power === 'exited' && runtimeOf(host, record.id).starting === undefined)
    return Promise.resolve(record.exitCode)
  return new Promise((resolve, reject) => {
    const {endWaiters} = runtimeOf(host, record.id)
    const waiter = (exitCode: number): void => {
      signal?.removeEventListener('abort', abort)
      resolve(exitCode)
    }
    const abort = (): void => {
      endWaiters.delete(waiter)
      reject(signal?.reason as Error)
    }
    endWaiters.add(waiter)
    signal?.addEventListener('abort', abort, {once: true})
  })
}

type RunningRuntime = ContainerRuntime & {readonly process: ContainerProcess}

function isRunning(record: ContainerRecord, runtime: ContainerRuntime): runtime is RunningRuntime {
  return record.power === 'running' && runtime.process !== undefined
}

/** Whether the container ended within the time. */
async function endsWithin(host: HostContext, record: ContainerRecord, timeoutMs: number): Promise<boolean> {
  try {
    await whenEnded(host, record, AbortSignal.timeout(timeoutMs))
    return true
  } catch {
    return false
  }
}

/**
 * The stop signal, the grace period, then KILL to the group (facts/vch-docker-api.md § 3.4).
 * @param timeoutS 0 or less, or undefined: the container's own StopTimeout, else 10 s
 */
export async function stopContainer(host: HostContext, record: ContainerRecord, timeoutS?: number): Promise<void> {
  const runtime = runtimeOf(host, record.id)
  await runtime.starting?.catch(() => undefined)
  if (!isRunning(record, runtime)) return
  const request = readRequest(record.request)
  const own = request.stopTimeoutS > 0 ? request.stopTimeoutS : DEFAULT_STOP_S
  const graceS = timeoutS === undefined ? own : timeoutS > 0 ? timeoutS : DEFAULT_STOP_S
  const signal = stopSignalOf(request.stopSignal)
  runtime.phase = 'Stopping'
  try {
    await delay(host.store.state.knobs.containerStopDelayMs)
    if (isRunning(record, runtime)) signalProcess(runtime.process.pid, signal, {group: false})
    if (!(await endsWithin(host, record, graceS * 1000))) await powerOffContainer(host, record)
  } finally {
    delete runtime.phase
  }
  host.events.emit('stop', record)
}

/** Hard power-off: what the administrator does in vSphere, and what a stop comes to in the end. */
export async function powerOffContainer(host: HostContext, record: ContainerRecord): Promise<void> {
  const runtime = runtimeOf(host, record.id)
  await runtime.starting?.catch(() => undefined)
  if (!isRunning(record, runtime)) return
  const ended = whenEnded(host, record)
  signalProcess(runtime.process.pid, 'SIGKILL', {group: true})
  await ended
}

/** @throws VchError 500 when it does not run */
export function killContainer(host: HostContext, record: ContainerRecord, signal: NodeJS.Signals): void {
  const process = runtimeOf(host, record.id).process
  if (record.power !== 'running' || process === undefined) {
    throw new VchError(500, `Cannot kill container ${record.name}: Container ${record.id} is not running`)
  }
  host.events.emit('kill', record, {signal: String(os.constants.signals[signal])})
  signalProcess(process.pid, signal, {group: signal === 'SIGKILL'})
}
