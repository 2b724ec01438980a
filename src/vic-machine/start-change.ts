import {spawn} from 'node:child_process'
import {resolve} from 'node:path'
import {assertFreshFolder, CHANGE_FILES, writeWhole, type ChangeRequest} from './change-folder.js'
import {changeRun} from './change-run.js'
import {changeArguments, vicMachineEnvironment} from './command-line.js'
import {locateVicMachine} from './locate-vic-machine.js'
import {runnerEntry} from './runner-entry.js'
import {untilStarted} from './until-started.js'
import type {Change, ChangeCallOptions, ChangeRun, VicMachineSettings} from './vic-machine-api.js'

/**
 * Starts a change through the detached runner (S7): from its return on nothing of ours can end vic-machine, and its pid
 * and start time are on disk.
 * @throws VN-VICMACHINE-MISSING, VN-VICMACHINE-FOLDER, VN-VICMACHINE-NOT-STARTED, VN-VICMACHINE-LOST, VN-CHANGE-RUNNING
 */
export async function startChange(
  settings: VicMachineSettings,
  change: Change,
  options: ChangeCallOptions & {readonly folder: string; readonly commandLine: string},
): Promise<ChangeRun> {
  const {commandLine, signal} = options
  const folder = resolve(options.folder)
  signal?.throwIfAborted()
  await assertFreshFolder(folder)
  const program = await locateVicMachine(settings.path)
  const request: ChangeRequest = {kind: change.kind, commandLine}
  await writeWhole(folder, CHANGE_FILES.request, request)
  const runner = spawn(process.execPath, [runnerEntry(), folder, program, ...changeArguments(change)], {
    cwd: folder,
    detached: true,
    env: vicMachineEnvironment(settings),
    stdio: 'ignore',
    windowsHide: true,
  })
  let runnerEnd: string | undefined
  runner.once('error', (error) => (runnerEnd = error.message))
  runner.once('exit', (code, signal) => (runnerEnd = `it ended with ${signal ?? `exit code ${code}`}`))
  runner.unref()
  const started = await untilStarted(folder, {...options, program, runnerEnd: () => runnerEnd})
  return changeRun(folder, {request, started, secrets: [settings.password]})
}
