import type {OnEvent} from '../model/event.js'
import type {Look} from './look.js'
import {narrate} from './narration.js'
import {createTerminalProgress} from './progress-terminal.js'

/** Shows running work on stderr. */
export interface Progress {
  readonly onEvent: OnEvent
  /** Resolves when everything so far is drawn and the terminal is free for a question; a running step goes on in plain lines. */
  pause(): Promise<void>
  /** Shows a line at once, also while a step is being drawn. */
  say(text: string): void
  /** Resolves when everything is drawn. */
  close(): Promise<void>
}

export interface ProgressOptions {
  readonly look: Look
  /** --json, --quiet */
  readonly silent: boolean
  readonly verbose: boolean
  readonly stream: NodeJS.WriteStream
}

/** Redrawn steps on a terminal, plain lines elsewhere, nothing when silent. */
export function createProgress(options: ProgressOptions): Progress {
  if (options.silent) return plainProgress(() => undefined, options)
  if (options.look.canRedraw) return createTerminalProgress(options)
  let lastLine = ''
  return plainProgress((event) => {
    for (const line of narrate(event, options.look, options.verbose)) {
      // A wait that has nothing new to say is silent in a log.
      if (event.type !== 'step.progress' || line !== lastLine) options.stream.write(`${line}\n`)
      lastLine = line
    }
  }, options)
}

function plainProgress(onEvent: OnEvent, options: ProgressOptions): Progress {
  const nothingPending = (): Promise<void> => Promise.resolve()
  const say = (text: string): void => {
    if (!options.silent) options.stream.write(`${text}\n`)
  }
  return {onEvent, say, pause: nothingPending, close: nothingPending}
}
