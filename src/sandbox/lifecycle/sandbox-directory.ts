import {existsSync, readdirSync, readFileSync} from 'node:fs'
import {homedir} from 'node:os'
import path from 'node:path'
import {messageOf, VicnfsError} from '../../model/vicnfs-error.js'
import {markedProcesses} from '../containers/marked-processes.js'
import type {SandboxState} from '../state/sandbox-state.js'
import {StateStore} from '../state/state-store.js'
import {isProcessMark, markOf, type ProcessMark} from './process-mark.js'

export const DEFAULT_SANDBOX_NAME = 'vch1'

/** Where sandboxes keep their state; `base` stands in for `$VICNFS_STATE_DIR`. */
export function sandboxesDirectory(base?: string, environment: NodeJS.ProcessEnv = process.env): string {
  const chosen = base ?? (environment['VICNFS_STATE_DIR'] || undefined)
  const state = environment['XDG_STATE_HOME'] || path.join(homedir(), '.local', 'state')
  return path.join(path.resolve(chosen ?? path.join(state, 'vicnfs')), 'sandboxes')
}

/** The state directory of one sandbox. @throws VN-SANDBOX-NAME */
export function sandboxDirectory(name: string, base?: string): string {
  if (!/^[A-Za-z0-9][\w.-]{0,59}$/.test(name)) {
    throw new VicnfsError('VN-SANDBOX-NAME', `A sandbox cannot have the name ${JSON.stringify(name)}.`)
  }
  return path.join(sandboxesDirectory(base), name)
}

/** Names of the sandboxes that have a state. */
export function knownSandboxes(base?: string): string[] {
  const folder = sandboxesDirectory(base)
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .filter((name) => hasState(path.join(folder, name)))
    .sort()
}

export function hasState(directory: string): boolean {
  return existsSync(path.join(directory, 'state.json'))
}

/** @throws VN-SANDBOX-STATE */
export function openState(directory: string): StateStore {
  try {
    return StateStore.open(directory)
  } catch (error) {
    throw new VicnfsError('VN-SANDBOX-STATE', `The state of the sandbox in ${directory} cannot be read.`, {
      reason: messageOf(error),
      cause: error,
    })
  }
}

/** @returns undefined for a damaged state */
export function readState(directory: string): SandboxState | undefined {
  try {
    return openState(directory).state
  } catch {
    return undefined
  }
}

/** Held while a sandbox is started or stopped; beside its directory, which a removal takes away. */
export function sandboxLock(directory: string): string {
  return path.join(path.dirname(directory), `.${path.basename(directory)}.lock`)
}

export function daemonFile(directory: string): string {
  return path.join(directory, 'daemon.json')
}

export function daemonLog(directory: string): string {
  return path.join(directory, 'daemon.log')
}

/** The process that runs, or last ran, the sandbox; where its file is damaged, the one that is found running. */
export function readDaemonMark(directory: string): ProcessMark | undefined {
  if (!existsSync(daemonFile(directory))) return undefined
  try {
    const mark: unknown = JSON.parse(readFileSync(daemonFile(directory), 'utf8'))
    if (isProcessMark(mark)) return mark
  } catch {
    // Cut off by a crash.
  }
  return runningDaemons(directory).find(({pid}) => pid !== process.pid)
}

/** Processes that run the sandbox, by their mark; at most one, unless something went wrong. */
export function runningDaemons(directory: string): readonly ProcessMark[] {
  return markedProcesses(directory).flatMap(({pid, below}) => (below ? [] : (markOf(pid) ?? [])))
}
