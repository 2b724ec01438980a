import {spawn} from 'node:child_process'
import {closeSync, openSync, readFileSync} from 'node:fs'
import {setTimeout as delay} from 'node:timers/promises'
import {VicnfsError} from '../../model/vicnfs-error.js'
import {childEntry} from '../child-entry.js'
import {placeMark} from '../containers/marked-processes.js'
import type {SandboxState} from '../state/sandbox-state.js'
import {connectControl} from '../vcenter/control-client.js'
import {apiRuns} from './own-api.js'
import {isAlive} from './process-mark.js'
import {siblingPaths} from './private-folder.js'
import {daemonLog, readDaemonMark} from './sandbox-directory.js'

const POLL_MS = 30

export interface LaunchLimits {
  readonly timeoutMs: number
  readonly signal?: AbortSignal
}

/** Variables that a daemon may need; what belongs to one command (passwords, hosts) is left out. */
const KEPT_VARIABLES = ['PATH', 'HOME', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR']

/** Whether a process runs the sandbox; it may be still on its way up. */
export function isRunning(directory: string): boolean {
  const mark = readDaemonMark(directory)
  return mark !== undefined && isAlive(mark)
}

/**
 * Starts the sandbox's process, unless one runs, and waits until its control server answers: an earlier start may
 * have been given up while its process was on its way.
 * @throws VN-SANDBOX-START, VN-SANDBOX-TIMEOUT
 */
export async function launchDaemon(directory: string, controlPath: string, limits: LaunchLimits): Promise<void> {
  const fate = isRunning(directory) ? {ended: false} : spawnDaemon(directory, controlPath)
  const deadlineMs = Date.now() + limits.timeoutMs
  while (!(isRunning(directory) && (await answers(controlPath)))) {
    limits.signal?.throwIfAborted()
    if (fate.ended && !isRunning(directory)) throw startFailure(directory)
    if (Date.now() > deadlineMs) {
      throw new VicnfsError('VN-SANDBOX-TIMEOUT', `The sandbox in ${directory} does not answer.`, {
        tries: [`tail ${daemonLog(directory)}`],
      })
    }
    await delay(POLL_MS, undefined, {signal: limits.signal})
  }
}

/** In a session of its own, so that Ctrl-C and hang-up miss it. */
function spawnDaemon(directory: string, controlPath: string): {readonly ended: boolean} {
  const log = openSync(daemonLog(directory), 'a', 0o600)
  const environment = Object.fromEntries(
    KEPT_VARIABLES.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  )
  const child = spawn(process.execPath, ['--no-warnings', childEntry('daemon.js'), directory, controlPath], {
    cwd: directory,
    detached: true,
    stdio: ['ignore', log, log],
    env: {...environment, ...placeMark(directory)},
  })
  closeSync(log)
  const fate = {ended: false}
  child.once('exit', () => (fate.ended = true))
  child.once('error', () => (fate.ended = true))
  child.unref()
  return fate
}

function startFailure(directory: string): VicnfsError {
  const lines = readFileSync(daemonLog(directory), 'utf8').trim().split('\n')
  return new VicnfsError('VN-SANDBOX-START', `The sandbox in ${directory} ended while it started.`, {
    reason: lines.find((line) => /Error/.test(line)) ?? lines.at(-1) ?? 'It left no word.',
    tries: [`tail ${daemonLog(directory)}`],
  })
}

/** Whether a control server answers there. */
export async function answers(controlPath: string): Promise<boolean> {
  try {
    const control = await connectControl(controlPath)
    try {
      await control.status()
      return true
    } finally {
      control.close()
    }
  } catch {
    return false
  }
}

/** How long a VCH whose port layer has given up may go on trying, before it is said to be looping. */
const BOOT_GRACE_MS = 3000

/**
 * Waits until the Docker API of the VCH answers, however slow this machine is, but not much longer than until its port
 * layer gives up: one whose store is offline may never come up (facts/vic-machine.md § 3).
 * @throws VN-SANDBOX-START when the sandbox's process ends meanwhile
 */
export async function waitForApi(directory: string, state: SandboxState, limits: LaunchLimits): Promise<boolean> {
  const limit = AbortSignal.timeout(limits.timeoutMs)
  const signal = limits.signal ? AbortSignal.any([limits.signal, limit]) : limit
  // The control server goes away only with the sandbox's process.
  const ended = (): never => {
    throw startFailure(directory)
  }
  const control = await connectControl(siblingPaths(state.socketPath).control).catch(ended)
  try {
    let failedAtMs = Infinity
    while (!signal.aborted && performance.now() < failedAtMs + state.knobs.bootRetryMs + BOOT_GRACE_MS) {
      const {power, failedBoots} = await control.status().catch(ended)
      if (power === 'off') return false
      if (await apiRuns(directory, state, signal).catch(() => false)) return true
      if (failedBoots > 0) failedAtMs = Math.min(failedAtMs, performance.now())
      await delay(POLL_MS, undefined, {signal}).catch(() => undefined)
    }
  } finally {
    control.close()
  }
  limits.signal?.throwIfAborted()
  return false
}
