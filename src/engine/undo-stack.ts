import type {WorkEvent} from '../model/event.js'
import {messageOf} from '../model/vicnfs-error.js'

/** Takes back one change; gets a signal of its own, since the work's signal may be aborted already. */
export type UndoAction = (options: {readonly signal: AbortSignal}) => Promise<void>

/** An undo that did not succeed: what is left behind, and why. */
export interface UndoFailure {
  readonly title: string
  readonly message: string
}

/** The changes of this run that can still be taken back, newest first out. */
export interface UndoStack {
  readonly isCut: boolean
  push(title: string, action: UndoAction): void
  /** Forgets everything, for good: what is pushed later is not kept either (safety rule S4). */
  cut(): void
  /** Runs every action, newest first, each with `timeoutMs`; a failing one does not keep the others from being tried. */
  unwind(options: {readonly timeoutMs: number; readonly emit: (event: WorkEvent) => void}): Promise<UndoFailure[]>
}

export function createUndoStack(): UndoStack {
  const entries: {readonly title: string; readonly action: UndoAction}[] = []
  let isCut = false
  return {
    get isCut() {
      return isCut
    },
    push(title, action) {
      if (!isCut) entries.push({title, action})
    },
    cut() {
      isCut = true
      entries.length = 0
    },
    async unwind({timeoutMs, emit}) {
      const failures: UndoFailure[] = []
      for (let entry = entries.pop(); entry !== undefined; entry = entries.pop()) {
        const {title, action} = entry
        emit({type: 'undo.started', title})
        try {
          await withDeadline(action, timeoutMs)
          emit({type: 'undo.done', title})
        } catch (error) {
          const failure = {title, message: messageOf(error)}
          failures.push(failure)
          emit({type: 'undo.failed', ...failure})
        }
      }
      return failures
    },
  }
}

/** Runs `action` with a fresh signal; gives up waiting at the deadline even if the action does not heed its signal. */
async function withDeadline(action: UndoAction, timeoutMs: number): Promise<void> {
  const controller = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const deadline = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      const error = new Error(`it did not end within ${String(timeoutMs / 1000)} s`)
      controller.abort(error)
      reject(error)
    }, timeoutMs)
  })
  try {
    await Promise.race([action({signal: controller.signal}), deadline])
  } finally {
    clearTimeout(timer)
  }
}
