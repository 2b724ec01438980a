import {spawn, type ChildProcess} from 'node:child_process'
import {accessSync, closeSync, constants, openSync, statSync} from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type {Writable} from 'node:stream'
import {setTimeout as delay} from 'node:timers/promises'
import type {ContainerLog} from './container-log.js'
import {placeMark} from './marked-processes.js'
import {isSameProcess, signalProcess, startTicks} from './process-identity.js'
import {portLayerError} from './vch-error.js'

/** The main process of a running container; the leader of a process group of its own. */
export interface ContainerProcess {
  readonly pid: number
  readonly startTicks: string
  readonly stdin?: Writable
  /** Exit code as a shell counts it (143 after TERM); undefined when it cannot be known any more. */
  readonly ended: Promise<number | undefined>
}

export interface Launch {
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  readonly log: ContainerLog
  readonly openStdin: boolean
}

const ADOPTED_POLL_MS = 200

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return statSync(file).isFile()
  } catch {
    return false
  }
}

/** Finds a command as the container VM does. @throws VchError 500 in the VCH's words */
export function resolveCommand(command: string, {cwd, env}: Pick<Launch, 'cwd' | 'env'>): string {
  const folders = command.includes('/') ? [''] : (env['PATH'] ?? '').split(':')
  const found = folders.map((folder) => path.resolve(cwd, folder, command)).find((file) => isExecutable(file))
  if (found === undefined) throw portLayerError(`${command}: no such executable in PATH.`)
  return found
}

/** Exit code of a child as a shell counts it. */
export function exitCodeOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : os.constants.signals[signal])))
  })
}

/** Starts the process detached, writing to the log's files, so that it outlives the daemon. @throws VchError 500 */
export async function launchProcess(command: readonly string[], launch: Launch): Promise<ContainerProcess> {
  const file = resolveCommand(command[0] ?? '', launch)
  const outFd = openSync(launch.log.paths.stdout, 'a', 0o600)
  const errFd = openSync(launch.log.paths.stderr, 'a', 0o600)
  try {
    const child = spawn(file, command.slice(1), {
      argv0: command[0] ?? file,
      cwd: launch.cwd,
      env: {...launch.env, ...placeMark(path.dirname(launch.log.paths.stdout))},
      detached: true,
      stdio: [launch.openStdin ? 'pipe' : 'ignore', outFd, errFd],
    })
    const ended = exitCodeOf(child)
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve)
      child.once('error', (error) => reject(portLayerError(`${command[0]}: ${error.message}`)))
    })
    child.stdin?.on('error', () => undefined)
    const pid = child.pid ?? 0
    return {pid, startTicks: startTicks(pid) ?? '', ended, ...(child.stdin === null ? {} : {stdin: child.stdin})}
  } finally {
    closeSync(outFd)
    closeSync(errFd)
  }
}

/** Takes over a process that an earlier daemon started. @returns undefined when it is gone */
export function adoptProcess(pid: number, ticks: string): ContainerProcess | undefined {
  if (!isSameProcess(pid, ticks)) return undefined
  const watchIt = async (): Promise<undefined> => {
    while (isSameProcess(pid, ticks)) await delay(ADOPTED_POLL_MS)
    return undefined
  }
  return {pid, startTicks: ticks, ended: watchIt()}
}

/** Ends whatever the main process left behind in its group: the VM is off now. */
export function killGroup(pid: number): void {
  signalProcess(pid, 'SIGKILL', {group: true})
}
