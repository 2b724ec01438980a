import {globalLine, pipeLine, terminalLine, type Level} from './log-lines.js'

/** Where the words go. */
export interface Sink {
  /** stderr is a terminal: it alone decides the form of the lines (facts/vic-machine.md § 0.10). */
  readonly terminal: boolean
  stdout(text: string): void
  stderr(text: string): void
  /** Appends to vic-machine.log. */
  log(text: string): void
  now(): Date
}

/** What a command says while it works. */
export interface Narrator {
  info(message: string): void
  warn(message: string): void
  error(message: string): void
  /** A line of the logger that knows nothing of the operation: another form, always on stdout. */
  global(level: Level, message: string): void
  /** Bare text: tables, results. */
  print(text: string): void
  /** From here on nothing is said, as after `Deleting configure isos` (facts/vic-machine.md § 4). */
  silence(): void
}

/** @param options.raw `inspect config --format raw`: errors on stderr, everything else unsaid */
export function createNarrator(sink: Sink, options: {readonly raw: boolean}): Narrator {
  const startedMs = sink.now().getTime()
  let silent = false
  const say = (level: Level, message: string): void => {
    if (silent) return
    const now = sink.now()
    sink.log(globalLine(level, `op=${process.pid}.2:   ${message}`, now))
    if (options.raw && level !== 'error') return
    const line = sink.terminal ? terminalLine(level, message, now.getTime() - startedMs) : pipeLine(level, message, now)
    if (options.raw) sink.stderr(line)
    else sink.stdout(line)
  }
  return {
    info: (message) => say('info', message),
    warn: (message) => say('warning', message),
    error: (message) => say('error', message),
    global: (level, message) => {
      const line = globalLine(level, message, sink.now())
      sink.log(line)
      sink.stdout(line)
    },
    print: (text) => sink.stdout(text),
    silence: () => (silent = true),
  }
}
