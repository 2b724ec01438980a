import {spawn, type ChildProcess} from 'node:child_process'
import {once} from 'node:events'
import {createInterface} from 'node:readline'
import type {Readable} from 'node:stream'

import {interruption} from '../../../engine/interruption.js'
import type {StepHandle} from '../../../engine/work.js'
import {formatDuration} from '../../../model/duration.js'
import {redact} from '../../../model/redaction.js'
import {messageOf, VicnfsError} from '../../../model/vicnfs-error.js'
import type {RunbookStep} from '../../../runbook/runbook.js'
import {stepCommand} from '../plan-of.js'

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

/** Ends the command when its time is up or the work is told to stop. */
function endInTime(
  child: ChildProcess,
  options: {readonly timeoutMs: number; readonly graceMs: number; readonly signal: AbortSignal},
): {readonly timedOut: () => boolean; readonly stop: () => void} {
  let [timedOut, killer] = [false, undefined as NodeJS.Timeout | undefined]
  const end = (): void => {
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
    stop() {
      clearTimeout(timer)
      clearTimeout(killer)
      options.signal.removeEventListener('abort', end)
    },
  }
}

function follow(stream: Readable, onLine: (line: string) => void): Promise<unknown> {
  const lines = createInterface({input: stream, crlfDelay: Infinity})
  lines.on('line', onLine)
  return once(lines, 'close')
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
  const [program = '', ...args] = step.run
  const secrets = [...step.secrets, ...place.secrets]
  const last: string[] = []
  const show = (line: string): void => {
    const shown = redact(line, secrets)
    last.push(shown)
    if (last.length > SHOWN_LINES) last.shift()
    onLine(shown)
  }
  const child = spawn(program, args, {
    cwd: place.folder,
    env: stepEnvironment(step, place),
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: process.platform !== 'win32',
  })
  const exited = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>
  const output = Promise.all([follow(child.stdout, show), follow(child.stderr, show)])
  const limit = {timeoutMs: step.timeoutMs, graceMs: place.graceMs ?? GRACE_MS, signal: handle.signal}
  const watch = endInTime(child, limit)
  try {
    const [code, signal] = await exited
    await output
    if (handle.signal.aborted) throw interruption(handle.signal)
    if (code === 0 && !watch.timedOut()) return
    const how = signal === null ? `exit code ${String(code)}` : signal
    throw failed(step, {how, last, timedOut: watch.timedOut(), place})
  } catch (error) {
    throw error instanceof VicnfsError ? error : notStarted(step, error, place)
  } finally {
    watch.stop()
  }
}
