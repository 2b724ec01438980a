import {existsSync, readdirSync, readFileSync} from 'node:fs'
import {homedir} from 'node:os'
import path from 'node:path'
import {messageOf, VicnfsError} from '../../model/vicnfs-error.js'
import {StateStore} from '../state/state-store.js'
import type {ProcessMark} from './process-mark.js'

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
    const store = StateStore.open(directory)
    if ((store.state.schemaVersion as number) !== 1)
      throw new Error(`schema version ${String(store.state.schemaVersion)}`)
    return store
  } catch (error) {
    throw new VicnfsError('VN-SANDBOX-STATE', `The state of the sandbox in ${directory} cannot be read.`, {
      reason: messageOf(error),
      cause: error,
    })
  }
}

export function daemonFile(directory: string): string {
  return path.join(directory, 'daemon.json')
}

export function daemonLog(directory: string): string {
  return path.join(directory, 'daemon.log')
}

/** The process that runs, or last ran, the sandbox. */
export function readDaemonMark(directory: string): ProcessMark | undefined {
  try {
    return JSON.parse(readFileSync(daemonFile(directory), 'utf8')) as ProcessMark
  } catch {
    return undefined
  }
}
