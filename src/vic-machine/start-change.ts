import {spawn} from 'node:child_process'
import {existsSync} from 'node:fs'
import {join, resolve} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import {VicnfsError} from '../model/vicnfs-error.js'
import {
  assertFreshFolder,
  CHANGE_FILES,
  hasStarted,
  readWhole,
  writeWhole,
  type ChangeClaimed,
  type ChangeEnded,
  type ChangeRequest,
} from './change-folder.js'
import {changeRun} from './change-run.js'
import {changeArguments, vicMachineEnvironment} from './command-line.js'
import {lostChange} from './lost-runner.js'
import {locateVicMachine, vicMachineUnstartable} from './locate-vic-machine.js'
import {runnerEntry} from './runner-entry.js'
import type {Change, ChangeRun, VicMachineSettings} from './vic-machine-api.js'

const POLL_MS = 20

/**
 * Starts a change through the detached runner (S7): from its return on nothing of ours can end vic-machine, and its pid
 * and start time are on disk.
 * @throws VN-VICMACHINE-MISSING, VN-VICMACHINE-FOLDER, VN-VICMACHINE-LOST
 */
export async function startChange(
  settings: VicMachineSettings,
  change: Change,
  place: {readonly folder: string; readonly commandLine: string},
): Promise<ChangeRun> {
  const {commandLine} = place
  const folder = resolve(place.folder)
  await assertFreshFolder(folder)
  const program = await locateVicMachine(settings.path)
  const request: ChangeRequest = {kind: change.kind, commandLine}
  await writeWhole(folder, CHANGE_FILES.request, request)
  const runner = spawn(process.execPath, [runnerEntry(import.meta.url), folder, program, ...changeArguments(change)], {
    cwd: folder,
    detached: true,
    env: vicMachineEnvironment(settings),
    stdio: 'ignore',
    windowsHide: true,
  })
  let runnerFailure: string | undefined
  runner.once('error', (error) => (runnerFailure = error.message))
  runner.once('exit', (code, signal) => (runnerFailure = `it ended with ${signal ?? `exit code ${code}`}`))
  runner.unref()
  for (;;) {
    const failure = runnerFailure
    const started = await readWhole<ChangeClaimed>(folder, CHANGE_FILES.started)
    if (hasStarted(started)) return changeRun(folder, {request, started, secrets: [settings.password]})
    const ended = await readWhole<ChangeEnded>(folder, CHANGE_FILES.ended)
    if (ended?.spawnError !== undefined) throw vicMachineUnstartable(program, ended.spawnError)
    if (failure !== undefined) throw runnerDied(folder, failure)
    await sleep(POLL_MS)
  }
}

/** Once the files for its output are there, vic-machine may run: then nothing is certain. */
function runnerDied(folder: string, failure: string): VicnfsError {
  if (existsSync(join(folder, CHANGE_FILES.stdout))) return lostChange(folder, failure)
  return new VicnfsError('VN-VICMACHINE-MISSING', `The runner that starts vic-machine did not start it: ${failure}.`, {
    reason: 'The disk is full, or this system does not let vicnfs start processes.',
  })
}
