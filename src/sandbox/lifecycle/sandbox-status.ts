import type {SandboxState} from '../state/sandbox-state.js'
import type {ControlStatus} from '../vcenter/control-api.js'
import {connectControl} from '../vcenter/control-client.js'
import {makeHandle, type SandboxHandle} from './handle.js'
import {apiRuns} from './own-api.js'
import {siblingPaths} from './private-folder.js'
import {isAlive} from './process-mark.js'
import {hasState, knownSandboxes, readDaemonMark, readState, sandboxDirectory} from './sandbox-directory.js'

export interface SandboxStatus {
  readonly name: string
  readonly directory: string
  /**
   * `killed`: its process ended without a stop; the next start goes on from the state. `damaged`: its state cannot be
   * read; it can be stopped and removed.
   */
  readonly condition: 'running' | 'stopped' | 'killed' | 'damaged' | 'absent'
  /** Settings of the sandbox; undefined for one that does not exist or is damaged. */
  readonly handle?: SandboxHandle
  /** What the running sandbox says of itself. */
  readonly live?: ControlStatus
}

export interface StatusOptions {
  readonly stateDirectory?: string
  readonly signal?: AbortSignal
}

const STATUS_TIMEOUT_MS = 3000

/** Looks at the named sandboxes, or at all that have a state. */
export async function sandboxStatus(
  names: readonly string[] = [],
  options: StatusOptions = {},
): Promise<SandboxStatus[]> {
  const wanted = names.length > 0 ? names : knownSandboxes(options.stateDirectory)
  return Promise.all(wanted.map((name) => statusOf(name, options)))
}

async function statusOf(name: string, options: StatusOptions): Promise<SandboxStatus> {
  const directory = sandboxDirectory(name, options.stateDirectory)
  if (!hasState(directory)) return {name, directory, condition: 'absent'}
  const state = readState(directory)
  if (state === undefined) return {name, directory, condition: 'damaged'}
  const mark = readDaemonMark(directory)
  const apiAnswers = mark !== undefined && isAlive(mark) && (await apiAnswersNow(directory, state, options.signal))
  const handle = makeHandle(directory, state, {started: false, apiAnswers})
  if (mark === undefined) return {name, directory, condition: 'stopped', handle}
  if (!isAlive(mark)) return {name, directory, condition: 'killed', handle}
  const live = await askStatus(siblingPaths(state.socketPath).control, options.signal)
  return {name, directory, condition: 'running', handle, ...(live && {live})}
}

async function apiAnswersNow(directory: string, state: SandboxState, signal?: AbortSignal): Promise<boolean> {
  const limit = AbortSignal.timeout(STATUS_TIMEOUT_MS)
  const both = signal ? AbortSignal.any([signal, limit]) : limit
  const runs = await apiRuns(directory, state, both).catch(() => false)
  signal?.throwIfAborted()
  return runs
}

async function askStatus(controlPath: string, signal?: AbortSignal): Promise<ControlStatus | undefined> {
  const limit = AbortSignal.timeout(STATUS_TIMEOUT_MS)
  const both = signal ? AbortSignal.any([signal, limit]) : limit
  try {
    const control = await connectControl(controlPath, {signal: both})
    try {
      return await control.status({signal: both})
    } finally {
      control.close()
    }
  } catch {
    signal?.throwIfAborted()
    return undefined
  }
}
