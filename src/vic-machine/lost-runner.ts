import {readdir, readlink, realpath} from 'node:fs/promises'
import {formatDuration} from '../model/duration.js'
import {SAME_COMMAND, VicnfsError} from '../model/vicnfs-error.js'
import {identify, type ProcessIdentity} from './process-identity.js'

/** The runner was lost between starting vic-machine and writing down its pid. */
export function lostChange(folder: string, how: string): VicnfsError {
  return new VicnfsError('VN-VICMACHINE-LOST', `The runner of vic-machine was lost while it started it: ${how}.`, {
    recovery: [
      'See whether vic-machine runs: ps -ef | grep vic-machine',
      `Wait for its end; what it says is in ${folder}`,
      'Then run the same command again.',
    ],
  })
}

const named = (pid: number | undefined): string => (pid === undefined ? '' : ` (pid ${pid})`)

/** The runner lives and has begun, but does not go on: stopped, or stuck on a disk. Nothing of ours ends it (S7). */
export function silentRunner(
  folder: string,
  options: {readonly pid: number | undefined; readonly timeoutMs: number},
): VicnfsError {
  const {pid, timeoutMs} = options
  const message = `The runner${named(pid)} of vic-machine has not said within ${formatDuration(timeoutMs)} whom it started.`
  return new VicnfsError('VN-VICMACHINE-LOST', message, {
    reason: 'It lives, but it was stopped or waits for a disk; vic-machine may be running.',
    recovery: [
      `See what it waits for: ps -o pid,stat,wchan,args -p ${pid ?? 'PID'} (T: stopped, D: waiting for a disk)`,
      `Let it go on, never end it: kill -CONT ${pid ?? 'PID'}`,
      `What vic-machine says is in ${folder}`,
      'Then run the same command again: it waits for its end.',
    ],
    details: {folder, ...(pid === undefined ? {} : {runner: pid})},
  })
}

/** The command was interrupted while a runner had begun and had not said yet whom it started. */
export function leftRunner(
  folder: string,
  options: {readonly pid: number | undefined; readonly signal: AbortSignal},
): VicnfsError {
  const {pid, signal} = options
  const reason: unknown = signal.reason
  return new VicnfsError(
    'VN-CHANGE-RUNNING',
    `vicnfs stopped watching while the runner${named(pid)} starts vic-machine.`,
    {
      reason: 'A configure that is cut off leaves the VCH half-done, so nothing of ours ends it.',
      tries: [SAME_COMMAND],
      details: {folder, ...(pid === undefined ? {} : {runner: pid})},
      ...(reason instanceof VicnfsError ? {exitCode: reason.exitCode} : {}),
    },
  )
}

/**
 * The vic-machine of a runner that is gone: it works in the private folder of its change, where nobody else does.
 * @returns undefined when nobody works there
 * @throws VN-VICMACHINE-LOST where the system does not tell in which folder a process works
 */
export async function findLostVicMachine(folder: string): Promise<ProcessIdentity | undefined> {
  if (process.platform !== 'linux') throw lostChange(folder, 'it was killed')
  const wanted = await realpath(folder)
  for (const name of (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry))) {
    // Processes of other users and those that end meanwhile cannot be asked.
    const place = await readlink(`/proc/${name}/cwd`).catch(() => '')
    const found = place === wanted ? await identify(Number(name)) : undefined
    if (found !== undefined) return found
  }
  return undefined
}
