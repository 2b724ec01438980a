import {spawn, type ChildProcess, type ChildProcessByStdio} from 'node:child_process'
import {once} from 'node:events'
import type {Readable} from 'node:stream'
import {setTimeout as delay} from 'node:timers/promises'

import {interruption} from '../../../engine/interruption.js'
import type {StepHandle} from '../../../engine/work.js'
import {formatDuration} from '../../../model/duration.js'
import {redact} from '../../../model/redaction.js'
import {messageOf, VicnfsError} from '../../../model/vicnfs-error.js'
import type {RunbookStep} from '../../../runbook/runbook.js'
import {stepCommand} from '../plan-of.js'
import {followLines, shownLine} from './step-output.js'

type Environment = Readonly<Record<string, string | undefined>>

export interface StepPlace {
  /** The caller's, which the command inherits. */
  readonly environment: Environment
  /** Variables that are not passed on unless the step names them: passwords of vSphere (S8). */
  readonly withheld: readonly string[]
  /** Values that must not be shown, besides the step's own. */
  readonly secrets: readonly string[]
  /** Where the command is run. */
  readonly folder: string
  /** From SIGTERM to SIGKILL. */
  readonly graceMs?: number
}

const GRACE_MS = 5000
const SHOWN_LINES = 3

/** What the command of a step inherits and gets. */
export function stepEnvironment(
  step: Pick<RunbookStep, 'env'>,
  {environment, withheld}: Pick<StepPlace, 'environment' | 'withheld'>,
): NodeJS.ProcessEnv {
  const inherited = Object.entries(environment).filter(([name]) => !withheld.includes(name))
  return {...Object.fromEntries(inherited), ...step.env}
}

/** Ends a command of the operator's with all that it has started: its process group, which is of our making. */
function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  const {pid} = child
  if (pid === undefined) return
  try {
    if (process.platform === 'win32') child.kill(signal)
    else process.kill(-pid, signal)
  } catch {
    // It has ended by itself.
  }
}

interface StepWatch {
  readonly timedOut: () => boolean
  /** The command has ended by itself, so that its time can no longer be up. */
  readonly over: () => void
  readonly stop: () => void
}

/** Ends the command when its time is up or the work is told to stop. */
function endInTime(
  child: ChildProcess,
  options: {readonly timeoutMs: number; readonly graceMs: number; readonly signal: AbortSignal},
): StepWatch {
  let [timedOut, isEnded, killer] = [false, false, undefined as NodeJS.Timeout | undefined]
  const end = (): void => {
    isEnded = true
    signalGroup(child, 'SIGTERM')
    killer ??= setTimeout(() => {
      signalGroup(child, 'SIGKILL')
    }, options.graceMs)
  }
  const timer = setTimeout(() => {
    timedOut = true
    end()
  }, options.timeoutMs)
  options.signal.addEventListener('abort', end, {once: true})
  return {
    timedOut: () => timedOut,
    over() {
      clearTimeout(timer)
    },
    stop() {
      // What the command has started and what does not heed SIGTERM does not outlive it either.
      if (isEnded) signalGroup(child, 'SIGKILL')
      clearTimeout(timer)
      clearTimeout(killer)
      options.signal.removeEventListener('abort', end)
    },
  }
}

function notStarted(step: RunbookStep, error: unknown, place: StepPlace): VicnfsError {
  return new VicnfsError('VN-RUNBOOK-STEP-FAILED', `The step "${step.name}" could not be started.`, {
    reason: `${redact(messageOf(error), [...step.secrets, ...place.secrets])}.`,
    details: {step: step.name, command: stepCommand(step, place.secrets)},
  })
}

function failed(
  step: RunbookStep,
  end: {how: string; last: readonly string[]; timedOut: boolean; place: StepPlace},
): VicnfsError {
  const {how, last, timedOut} = end
  const said = last.length === 0 ? 'It said nothing' : `Its last words: ${last.join(' | ')}`
  const details = {step: step.name, command: stepCommand(step, end.place.secrets), how, lines: last}
  if (timedOut) {
    const limit = formatDuration(step.timeoutMs)
    return new VicnfsError('VN-RUNBOOK-STEP-TIMEOUT', `The step "${step.name}" did not end within ${limit}.`, {
      reason: `${said.replace(/\.$/, '')}.`,
      details,
    })
  }
  return new VicnfsError('VN-RUNBOOK-STEP-FAILED', `The step "${step.name}" ended with ${how}.`, {
    reason: `${said.replace(/\.$/, '')}.`,
    details,
  })
}

/** @throws Error when the command cannot be started for what it is, such as a word with a zero byte */
function start(step: RunbookStep, place: StepPlace): ChildProcessByStdio<null, Readable, Readable> {
  const [program = '', ...args] = step.run
  return spawn(program, args, {
    cwd: place.folder,
    env: stepEnvironment(step, place),
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: process.platform !== 'win32',
  })
}

/** Waits until all output is read, but not for ever: what the command has left running may hold it open. */
async function drained(
  child: ChildProcessByStdio<null, Readable, Readable>,
  output: Promise<unknown>,
  graceMs: number,
): Promise<void> {
  const enough = new AbortController()
  // eslint-disable-next-line vicnfs/heeds-stop -- the signal is this function's own
  await Promise.race([output, delay(graceMs, undefined, {signal: enough.signal}).catch(() => undefined)])
  enough.abort()
  child.stdout.destroy()
  child.stderr.destroy()
  await output
}

/**
 * Runs a command of the operator's: no shell, in the folder of the runbook, a process group of its own, nothing on its stdin, its lines shown with
 * secrets taken out. It is ended when its time is up and when the work is told to stop.
 * @throws VN-RUNBOOK-STEP-FAILED, VN-RUNBOOK-STEP-TIMEOUT, VN-INTERRUPTED
 */
export async function runStep(
  step: RunbookStep,
  place: StepPlace,
  options: {readonly handle: StepHandle; readonly onLine: (line: string) => void},
): Promise<void> {
  const {handle, onLine} = options
  const {graceMs = GRACE_MS} = place
  const secrets = [...step.secrets, ...place.secrets]
  const last: string[] = []
  const show = (line: string): void => {
    const shown = shownLine(line, secrets)
    last.push(shown)
    if (last.length > SHOWN_LINES) last.shift()
    onLine(shown)
  }
  let watch: StepWatch | undefined
  try {
    const child = start(step, place)
    const exited = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>
    const output = Promise.all([followLines(child.stdout, show), followLines(child.stderr, show)])
    watch = endInTime(child, {timeoutMs: step.timeoutMs, graceMs, signal: handle.signal})
    const [code, signal] = await exited
    watch.over()
    await drained(child, output, graceMs)
    if (handle.signal.aborted) throw interruption(handle.signal)
    if (code === 0 && !watch.timedOut()) return
    const how = signal === null ? `exit code ${String(code)}` : signal
    throw failed(step, {how, last, timedOut: watch.timedOut(), place})
  } catch (error) {
    throw error instanceof VicnfsError ? error : notStarted(step, error, place)
  } finally {
    watch?.stop()
  }
}
