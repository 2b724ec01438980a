import {setMaxListeners} from 'node:events'

import {VicnfsError} from '../model/vicnfs-error.js'

/** Exit codes as shells count them: 128 + the signal's number. */
const SIGNAL_EXIT_CODES = {SIGINT: 130, SIGTERM: 143, SIGHUP: 129} as const

type StopSignal = keyof typeof SIGNAL_EXIT_CODES

const SENTENCES: Readonly<Record<StopSignal, string>> = {
  SIGINT: 'The command was interrupted (Ctrl-C)',
  SIGTERM: 'The command was told to stop (SIGTERM)',
  SIGHUP: 'The terminal was closed while the command was running (SIGHUP)',
}

export interface SignalWatch {
  /** Aborted with VN-INTERRUPTED by the first signal. */
  readonly signal: AbortSignal
  /** As if the signal had come: a prompt in raw mode gets Ctrl-C as a key. */
  raise(name: StopSignal): void
  dispose(): void
}

export interface SignalOptions {
  /** Called at the first signal: says what happens next. */
  readonly onStop: () => void
  /** Ends the process at the second signal. */
  readonly exit?: (code: number) => void
  readonly source?: NodeJS.EventEmitter
}

/** Turns the first SIGINT, SIGTERM or SIGHUP into an abort, and the second into the end of the process. */
export function watchSignals(options: SignalOptions): SignalWatch {
  const {onStop, exit = endProcess, source = process} = options
  const controller = new AbortController()
  // Many shares are worked on side by side, and each listens: Node would take that for a leak, and say so on stderr.
  setMaxListeners(0, controller.signal)
  const raise = (name: StopSignal): void => {
    const exitCode = SIGNAL_EXIT_CODES[name]
    if (controller.signal.aborted) {
      exit(exitCode)
      return
    }
    controller.abort(new VicnfsError('VN-INTERRUPTED', SENTENCES[name], {exitCode, details: {signal: name}}))
    onStop()
  }
  const names = Object.keys(SIGNAL_EXIT_CODES) as StopSignal[]
  const listeners = names.map((name) => ({
    name,
    listener: () => {
      raise(name)
    },
  }))
  for (const {name, listener} of listeners) source.on(name, listener)
  return {
    signal: controller.signal,
    raise,
    dispose() {
      for (const {name, listener} of listeners) source.off(name, listener)
    },
  }
}

function endProcess(code: number): void {
  // A step that was being drawn has hidden the cursor.
  if (process.stderr.isTTY) process.stderr.write('\u001B[?25h\n')
  process.exit(code)
}
