import {throwIfInterrupted} from '../../../engine/interruption.js'
import type {StepHandle, Work} from '../../../engine/work.js'

/**
 * Work that only looks: its steps are not shown one by one, and only warnings of it are passed on, each once.
 * @param options.onTitle gets what is being done right now
 */
export function quietWork(work: Work, options: {readonly onTitle?: (title: string) => void} = {}): Work {
  const warned = new Set<string>()
  const handle: StepHandle = {
    signal: work.signal,
    progress: () => undefined,
    undo: () => undefined,
    unchanged: () => undefined,
    skipped: () => undefined,
    note: () => undefined,
  }
  return {
    signal: work.signal,
    undoIsCut: true,
    cutUndo: () => undefined,
    shielded: () => quietWork(work.shielded(), options),
    async step(_id, title, body) {
      throwIfInterrupted(work.signal)
      options.onTitle?.(title)
      return body(handle)
    },
    note(level, text) {
      if (level !== 'warning' || warned.has(text)) return
      warned.add(text)
      work.note(level, text)
    },
  }
}
