import {existsSync, watch} from 'node:fs'
import {readFile} from 'node:fs/promises'
import {join} from 'node:path'
import {redact} from '../model/redaction.js'
import {
  CHANGE_FILES,
  claimWhole,
  hasStarted,
  readWhole,
  type ChangeClaimed,
  type ChangeEnded,
  type ChangeRequest,
  type ChangeStarted,
} from './change-folder.js'
import {classifyEnd} from './change-end.js'
import {phaseBegunBy, type ChangePhase} from './change-phase.js'
import {parseLogLine} from './log-line.js'
import {followOutput} from './output-follower.js'
import {findLostVicMachine, silentRunner} from './lost-runner.js'
import {isAlive, type ProcessIdentity} from './process-identity.js'
import {START_TIMEOUT_MS} from './until-started.js'
import type {ChangeEnd, ChangeRun, FindChange} from './vic-machine-api.js'

/** Where no file-system events come (network file systems), and to notice that a process is gone. */
const POLL_MS = 250
/** vic-machine logs many lines at a time; they are read together. */
const SETTLE_MS = 20

/**
 * Finds a change in its folder, whoever started it; undefined when none was started there. One that was asked for but
 * not begun is given up for good: a runner that comes late finds that and starts nothing.
 * @throws VN-VICMACHINE-LOST when the runner was lost in the moment in which it started vic-machine, or does not say in
 * time whom it started; the signal's reason
 */
export const findChange: FindChange = async (folder, {signal, timeoutMs = START_TIMEOUT_MS} = {}) => {
  signal?.throwIfAborted()
  const request = await readWhole<ChangeRequest>(folder, CHANGE_FILES.request)
  if (request === undefined || (await claimWhole(folder, CHANGE_FILES.started, {}))) return undefined
  const deadlineMs = performance.now() + timeoutMs
  for (let runner: ProcessIdentity | undefined; ;) {
    // Looked at before the files: a runner that is gone has written what it was going to write.
    const isGone = runner !== undefined && !(await isAlive(runner))
    const ended = await readWhole<ChangeEnded>(folder, CHANGE_FILES.ended)
    const claimed = (await readWhole<ChangeClaimed>(folder, CHANGE_FILES.started)) ?? {}
    if (hasStarted(claimed)) return changeRun(folder, {request, started: claimed})
    runner = claimed.runner
    if (runner === undefined || ended !== undefined) return undefined
    if (isGone) return lostRun(folder, {request, runner})
    signal?.throwIfAborted()
    if (performance.now() >= deadlineMs) throw silentRunner(folder, {pid: runner.pid, timeoutMs})
    await nextEvent(folder, signal)
  }
}

/** The runner was lost after it had claimed the change and before it wrote down whom it started. */
async function lostRun(
  folder: string,
  parts: {readonly request: ChangeRequest; readonly runner: ProcessIdentity},
): Promise<ChangeRun | undefined> {
  const {request, runner} = parts
  if (!existsSync(join(folder, CHANGE_FILES.stdout))) return undefined
  const vicMachine = await findLostVicMachine(folder)
  // Nobody works there any more: what it said, if it ever ran, is all there is.
  return changeRun(folder, {request, started: {runner, vicMachine: vicMachine ?? runner}})
}

/** @param parts.secrets are kept out of all lines; a later process does not know them, and vic-machine never prints them */
export function changeRun(
  folder: string,
  parts: {readonly request: ChangeRequest; readonly started: ChangeStarted; readonly secrets?: readonly string[]},
): ChangeRun {
  const {request, started, secrets = []} = parts
  return {
    folder,
    pid: started.vicMachine.pid,
    async wait({signal, onLine}) {
      const outputs = [CHANGE_FILES.stdout, CHANGE_FILES.stderr].map((name) => followOutput(join(folder, name)))
      let phase: ChangePhase | undefined
      const narrate = (line: string) => {
        const {level, text} = parseLogLine(line)
        const shown = redact(text, secrets).trim()
        phase = phaseBegunBy(text) ?? phase
        if (level !== 'debug' && shown !== '') onLine?.(shown, phase)
      }
      const readOutputs = async (isLast: boolean) => {
        for (const output of outputs) await output.read(narrate, isLast)
      }
      const ended = await untilEnded({folder, started, signal, onTick: () => readOutputs(false)})
      await readOutputs(true)
      const [stdout = '', stderr = ''] = outputs.map((output) => output.text())
      const log = await readFile(join(folder, 'vic-machine.log'), 'utf8').catch(() => '')
      const exit = ended.exitCode === undefined ? {} : {exitCode: ended.exitCode}
      return withLog(classifyEnd({kind: request.kind, stdout, stderr, ...exit}, secrets), log)
    },
  }
}

interface Waiting {
  readonly folder: string
  readonly started: ChangeStarted
  readonly signal: AbortSignal | undefined
  readonly onTick: () => Promise<void>
}

/** Until the exit code is on disk, or vic-machine and its runner are both gone. Only the waiting can be aborted. */
async function untilEnded({folder, started, signal, onTick}: Waiting): Promise<ChangeEnded> {
  for (;;) {
    signal?.throwIfAborted()
    const isGone = !(await isAlive(started.vicMachine)) && !(await isAlive(started.runner))
    // Looked at after the processes: a runner that is gone has written what it was going to write.
    const ended = await readWhole<ChangeEnded>(folder, CHANGE_FILES.ended)
    if (ended !== undefined) return ended
    if (isGone) return {}
    await onTick()
    await nextEvent(folder, signal)
  }
}

/** Resolves shortly after a change in the folder, at an abort, or after the poll interval. */
function nextEvent(folder: string, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    let timer = setTimeout(() => done(), POLL_MS)
    let isSettling = false
    const watcher = watchFolder(folder, () => {
      if (isSettling) return
      isSettling = true
      clearTimeout(timer)
      timer = setTimeout(() => done(), SETTLE_MS)
    })
    const done = () => {
      clearTimeout(timer)
      watcher?.close()
      signal?.removeEventListener('abort', done)
      resolve()
    }
    signal?.addEventListener('abort', done, {once: true})
  })
}

function watchFolder(folder: string, onChange: () => void): {close(): void} | undefined {
  try {
    const watcher = watch(folder, onChange)
    watcher.on('error', onChange)
    return watcher
  } catch {
    return undefined
  }
}

/** vic-machine's own log tells what `--rollback` keeps to itself. */
function withLog(end: ChangeEnd, log: string): ChangeEnd {
  return {
    ...end,
    twoSnapshots: end.twoSnapshots || (end.claim !== 'completed' && /resolves to [2-9]\d* snapshots/.test(log)),
  }
}
