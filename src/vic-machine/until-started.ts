import {existsSync} from 'node:fs'
import {join} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import {formatDuration} from '../model/duration.js'
import {VicnfsError} from '../model/vicnfs-error.js'
import {
  CHANGE_FILES,
  claimWhole,
  hasStarted,
  readWhole,
  type ChangeClaimed,
  type ChangeEnded,
  type ChangeStarted,
} from './change-folder.js'
import {vicMachineUnstartable} from './locate-vic-machine.js'
import {leftRunner, lostChange, silentRunner} from './lost-runner.js'
import type {ChangeCallOptions} from './vic-machine-api.js'

const POLL_MS = 20
/** A runner has only a process to start and a few lines to write. */
export const START_TIMEOUT_MS = 60_000

interface Starting extends ChangeCallOptions {
  /** For messages. */
  readonly program: string
  /** How the runner came to its end, once it has. */
  readonly runnerEnd: () => string | undefined
}

/**
 * Waits until the runner of a change has written down whom it started.
 * @throws VN-VICMACHINE-MISSING, VN-VICMACHINE-NOT-STARTED or the signal's reason when nothing was started, and nothing
 * will be; VN-VICMACHINE-LOST, VN-CHANGE-RUNNING when that is not certain
 */
export async function untilStarted(folder: string, options: Starting): Promise<ChangeStarted> {
  const {program, runnerEnd, signal, timeoutMs = START_TIMEOUT_MS} = options
  const deadlineMs = performance.now() + timeoutMs
  for (;;) {
    // Asked before the files are looked at: a runner that is gone has written what it was going to write.
    const end = runnerEnd()
    const started = await readWhole<ChangeClaimed>(folder, CHANGE_FILES.started)
    if (hasStarted(started)) return started
    const ended = await readWhole<ChangeEnded>(folder, CHANGE_FILES.ended)
    if (ended?.spawnError !== undefined) throw vicMachineUnstartable(program, ended.spawnError)
    if (end !== undefined) throw runnerDied(folder, end)
    if (signal?.aborted === true || performance.now() >= deadlineMs) await giveUp(folder, {signal, timeoutMs})
    await sleep(POLL_MS)
  }
}

/** Once the files for its output are there, vic-machine may run: then nothing is certain. */
function runnerDied(folder: string, end: string): VicnfsError {
  if (existsSync(join(folder, CHANGE_FILES.stdout))) return lostChange(folder, end)
  return new VicnfsError('VN-VICMACHINE-MISSING', `The runner that starts vic-machine did not start it: ${end}.`, {
    reason: 'The disk is full, or this system does not let vicnfs start processes.',
  })
}

/**
 * Gives up a change that its runner has not begun: if it comes late, it finds that and starts nothing.
 * @throws always, but for a vic-machine that was started in this very moment
 */
async function giveUp(
  folder: string,
  {signal, timeoutMs}: {readonly signal: AbortSignal | undefined; readonly timeoutMs: number},
): Promise<void> {
  if (await claimWhole(folder, CHANGE_FILES.started, {})) {
    signal?.throwIfAborted()
    const message = `vic-machine was not started: its runner did nothing within ${formatDuration(timeoutMs)}.`
    throw new VicnfsError('VN-VICMACHINE-NOT-STARTED', message, {details: {folder}})
  }
  const claimed = await readWhole<ChangeClaimed>(folder, CHANGE_FILES.started)
  if (hasStarted(claimed)) return
  const pid = claimed?.runner?.pid
  throw signal?.aborted === true ? leftRunner(folder, {pid, signal}) : silentRunner(folder, {pid, timeoutMs})
}
