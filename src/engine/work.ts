import type {OnEvent, StepOutcome, WorkEvent} from '../model/event.js'
import {isVicnfsError, messageOf, VicnfsError} from '../model/vicnfs-error.js'
import {asInterruption, throwIfInterrupted} from './interruption.js'
import {createUndoStack, type UndoAction, type UndoFailure, type UndoStack} from './undo-stack.js'

export type NoteLevel = 'info' | 'warning' | 'plan' | 'detail'

/** What the body of a step says about itself. */
export interface StepHandle {
  readonly signal: AbortSignal
  /** What is being waited for right now, in words. */
  progress(text: string): void
  /** Registers how the change just made is taken back; ignored once the undo stack is cut. */
  undo(title: string, action: UndoAction): void
  /** Everything was as asked for already. */
  unchanged(note?: string): void
  /** The step does not apply. */
  skipped(note?: string): void
  /** A few words shown behind the step's title when it is done. */
  note(text: string): void
}

/** Running work: a sequence of steps that is undone as a whole when it fails or is interrupted, up to the cut. */
export interface Work {
  /** Aborted when the work is to stop. */
  readonly signal: AbortSignal
  /**
   * Runs one step and reports it; a body is never abandoned half-way, it has to heed the signal itself.
   * @throws VN-INTERRUPTED without running `body` when the work was told to stop; else whatever `body` throws
   */
  step<T>(id: string, title: string, body: (step: StepHandle) => Promise<T>): Promise<T>
  note(level: NoteLevel, text: string): void
  /** From here on nothing is undone any more, neither earlier nor later changes (safety rule S4). */
  cutUndo(reason: string): void
  readonly undoIsCut: boolean
  /** The same work as far as a request to stop does not reach it: for a change that must be brought to an end (S4). */
  shielded(): Work
}

export interface WorkOptions {
  readonly signal?: AbortSignal
  readonly onEvent?: OnEvent
  /** Limit for each single undo. */
  readonly undoTimeoutMs?: number
  /** Monotonic clock in milliseconds. */
  readonly now?: () => number
}

const UNDO_TIMEOUT_MS = 60_000

/** Work whose undo stack outlives a single call: whoever opened it decides when it is taken back. */
export interface OpenWork {
  readonly work: Work
  /** Takes back what was done, newest first, unless the undo stack was cut. @returns what could not be undone */
  readonly unwind: () => Promise<UndoFailure[]>
}

/** Opens work that is part of a larger run, such as one of many shares brought up side by side. */
export function openWork(options: WorkOptions = {}): OpenWork {
  const signal = options.signal ?? new AbortController().signal
  const emit = guardedEmitter(options.onEvent)
  const undo = createUndoStack()
  return {
    work: createWork({signal, emit, undo, now: options.now ?? (() => performance.now())}),
    unwind: () => undo.unwind({timeoutMs: options.undoTimeoutMs ?? UNDO_TIMEOUT_MS, emit}),
  }
}

/**
 * Runs `body` as work. On failure or abort what was done is undone, newest first, unless the undo stack was cut.
 * @throws VN-INTERRUPTED on abort (errors of kind half-done or rolled-back are kept: they say more);
 * else what `body` threw, with `details.undoFailures` when something could not be undone
 */
export async function runWork<T>(body: (work: Work) => Promise<T>, options: WorkOptions = {}): Promise<T> {
  const {work, unwind} = openWork(options)
  try {
    throwIfInterrupted(work.signal)
    return await body(work)
  } catch (error) {
    throw withUndoFailures(asInterruption(error, work.signal), await unwind())
  }
}

interface WorkParts {
  readonly signal: AbortSignal
  readonly emit: (event: WorkEvent) => void
  readonly undo: UndoStack
  readonly now: () => number
}

function createWork(parts: WorkParts): Work {
  const {signal, emit, undo} = parts
  let cutFor: string | undefined
  return {
    signal,
    step: (id, title, body) => runStep({id, title, body}, parts),
    note(level, text) {
      emit({type: 'note', level, text})
    },
    cutUndo(reason) {
      if (reason === cutFor) return
      cutFor = reason
      undo.cut()
      emit({type: 'undo.cut', reason})
    },
    get undoIsCut() {
      return undo.isCut
    },
    shielded: () => createWork({...parts, signal: new AbortController().signal}),
  }
}

interface StepSpec<T> {
  readonly id: string
  readonly title: string
  readonly body: (step: StepHandle) => Promise<T>
}

async function runStep<T>({id, title, body}: StepSpec<T>, parts: WorkParts): Promise<T> {
  const {signal, emit, now} = parts
  throwIfInterrupted(signal)
  const startedAt = now()
  const ending: {outcome: StepOutcome; note?: string} = {outcome: 'changed'}
  emit({type: 'step.started', id, title})
  try {
    const result = await body(createStepHandle(id, ending, parts))
    emit({type: 'step.done', id, title, durationMs: now() - startedAt, ...ending})
    return result
  } catch (error) {
    const reported = asInterruption(error, signal)
    emit({type: 'step.failed', id, title, message: messageOf(reported), durationMs: now() - startedAt})
    throw reported
  }
}

function createStepHandle(id: string, ending: {outcome: StepOutcome; note?: string}, parts: WorkParts): StepHandle {
  const end = (outcome: StepOutcome, note: string | undefined): void => {
    ending.outcome = outcome
    if (note !== undefined) ending.note = note
  }
  return {
    signal: parts.signal,
    progress(text) {
      parts.emit({type: 'step.progress', id, text})
    },
    undo(title, action) {
      parts.undo.push(title, action)
    },
    unchanged(note) {
      end('unchanged', note)
    },
    skipped(note) {
      end('skipped', note)
    },
    note(text) {
      ending.note = text
    },
  }
}

/** A watcher that throws (a closed terminal, say) must not change how the work goes. */
function guardedEmitter(onEvent: OnEvent | undefined): (event: WorkEvent) => void {
  return (event) => {
    try {
      onEvent?.(event)
    } catch {
      // Narration is lost, the work is not.
    }
  }
}

/** The error with what was left behind in its details. */
export function withUndoFailures(error: unknown, failures: readonly UndoFailure[]): unknown {
  if (failures.length === 0) return error
  if (!isVicnfsError(error)) {
    return new VicnfsError('VN-BUG', messageOf(error), {cause: error, details: {undoFailures: failures}})
  }
  const {code, message, reason, tries, recovery, exitCode, details, cause} = error
  const context = {reason, tries, recovery, exitCode, details: {...details, undoFailures: failures}}
  return new VicnfsError(code, message, cause === undefined ? context : {...context, cause})
}
