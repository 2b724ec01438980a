import {rmSync} from 'node:fs'
import path from 'node:path'
import {setTimeout as delay} from 'node:timers/promises'
import {VicnfsError} from '../../model/vicnfs-error.js'
import {markedProcesses} from '../containers/marked-processes.js'
import {signalProcess} from '../containers/process-identity.js'
import type {SandboxState} from '../state/sandbox-state.js'
import {connectControl} from '../vcenter/control-client.js'
import {withFileLock} from './file-lock.js'
import {privateRoot, siblingPaths, socketPaths, type SocketPaths} from './private-folder.js'
import {isAlive, markOf, signalGroup, type ProcessMark} from './process-mark.js'
import {tidyRegistry} from './registry.js'
import {daemonFile, hasState, readDaemonMark, readState, sandboxDirectory, sandboxLock} from './sandbox-directory.js'

export interface StopOptions {
  /** Stands in for `$VICNFS_STATE_DIR`. */
  readonly stateDirectory?: string
  /** Removes the state too: volumes, logs, everything of the sandbox. */
  readonly removeState?: boolean
  readonly signal?: AbortSignal
  /** Until everything is ended by SIGKILL; 15 s by default. */
  readonly timeoutMs?: number
}

export interface StopResult {
  readonly name: string
  /** `absent`: there is no sandbox of that name. */
  readonly outcome: 'stopped' | 'was-stopped' | 'absent'
  readonly removed: boolean
}

const STOP_TIMEOUT_MS = 15_000
const KILL_TIMEOUT_MS = 5000
/** As long as a start may take. */
const LOCK_TIMEOUT_MS = 30_000
const POLL_MS = 25

/**
 * Stops a sandbox and everything it started, and looks that no process is left. Stopping a stopped one does nothing.
 * A state that cannot be read is no hindrance.
 * @throws VN-SANDBOX-STOP, VN-SANDBOX-TIMEOUT, VN-SANDBOX-FOLDER
 */
export async function stopSandbox(name: string, options: StopOptions = {}): Promise<StopResult> {
  const directory = sandboxDirectory(name, options.stateDirectory)
  const absent: StopResult = {name, outcome: 'absent', removed: false}
  if (!hasState(directory)) return absent
  const signal = options.signal ? {signal: options.signal} : {}
  const work = async (): Promise<StopResult> => (hasState(directory) ? stopIt(name, directory, options) : absent)
  return withFileLock(sandboxLock(directory), work, {timeoutMs: LOCK_TIMEOUT_MS, ...signal})
}

async function stopIt(name: string, directory: string, options: StopOptions): Promise<StopResult> {
  const {folder, control} = readSockets(directory)
  const daemon = readDaemonMark(directory)
  const processes = (): ProcessMark[] => processesOf(directory, daemon)
  const wasRunning = processes().length > 0
  if (daemon && isAlive(daemon)) await askToStop(control, daemon, options)
  await endAll(processes)
  const left = processes()
  if (left.length > 0) {
    throw new VicnfsError(
      'VN-SANDBOX-STOP',
      `Processes of the sandbox ${name} are still running: ${left.map(({pid}) => pid).join(', ')}.`,
    )
  }
  rmSync(folder, {recursive: true, force: true})
  rmSync(daemonFile(directory), {force: true})
  if (options.removeState) {
    rmSync(directory, {recursive: true, force: true})
    await tidyRegistry(path.dirname(folder), {
      timeoutMs: options.timeoutMs ?? STOP_TIMEOUT_MS,
      ...(options.signal && {signal: options.signal}),
    })
  }
  return {name, outcome: wasRunning ? 'stopped' : 'was-stopped', removed: options.removeState === true}
}

/** Where the sockets are; for a damaged state, where a start from here would put them. */
function readSockets(directory: string): SocketPaths {
  const state = readState(directory)
  return state ? siblingPaths(state.socketPath) : socketPaths(privateRoot(), directory)
}

/** By daemon.json, by the state if it can be read, and by the marks that every process of the sandbox carries. */
function processesOf(directory: string, daemon: ProcessMark | undefined): ProcessMark[] {
  const state = readState(directory)
  const found = markedProcesses(directory).flatMap(({pid}) => markOf(pid) ?? [])
  return [...(daemon ? [daemon] : []), ...(state ? containerMarks(state) : []), ...found].filter(isAlive)
}

/** The daemon ends its containers in order; an error only means that it has to be ended by a signal. */
async function askToStop(controlPath: string, daemon: ProcessMark, options: StopOptions): Promise<void> {
  const limit = AbortSignal.timeout(options.timeoutMs ?? STOP_TIMEOUT_MS)
  const signal = options.signal ? AbortSignal.any([options.signal, limit]) : limit
  try {
    const control = await connectControl(controlPath, {signal})
    try {
      await control.stop({signal})
    } finally {
      control.close()
    }
    while (isAlive(daemon)) await delay(POLL_MS, undefined, {signal})
  } catch {
    options.signal?.throwIfAborted()
  }
}

async function endAll(processes: () => readonly ProcessMark[]): Promise<void> {
  const deadlineMs = Date.now() + KILL_TIMEOUT_MS
  for (let left = processes(); left.length > 0 && Date.now() < deadlineMs; left = processes()) {
    // Containers and the daemon lead groups of their own; what they left behind may lead none.
    for (const mark of left) {
      signalGroup(mark, 'SIGKILL')
      signalProcess(mark.pid, 'SIGKILL', {group: false})
    }
    await delay(POLL_MS)
  }
}

function containerMarks(state: SandboxState): ProcessMark[] {
  return state.containers.flatMap(({pid, pidStartTicks}) =>
    pid === undefined || pidStartTicks === undefined ? [] : [{pid, startTicks: pidStartTicks}],
  )
}
