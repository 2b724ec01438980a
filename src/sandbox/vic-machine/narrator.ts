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
  /** Goes to vic-machine.log, and with `--debug 1` to stdout as well. */
  debug(message: string): void
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

export interface NarratorOptions {
  /** `inspect config --format raw`: errors on stderr, everything else unsaid. */
  readonly raw: boolean
  /** Every line has the form of the global logger, as before 1.3.0. */
  readonly dated: boolean
  /** `--debug` of 1 or more: what else only the log file gets is said, too. */
  readonly debug: boolean
}

export function createNarrator(sink: Sink, options: NarratorOptions): Narrator {
  const startedMs = sink.now().getTime()
  let silent = false
  const format = (level: Level, message: string, now: Date): string => {
    if (options.dated) return globalLine(level, message, now)
    return sink.terminal ? terminalLine(level, message, now.getTime() - startedMs) : pipeLine(level, message, now)
  }
  const say = (level: Level, message: string): void => {
    if (silent) return
    const now = sink.now()
    const isSaid = options.raw ? level === 'error' : level !== 'debug' || options.debug
    if (!options.dated) sink.log(globalLine(level, `op=${process.pid}.2:   ${message}`, now))
    else if (isSaid) sink.log(globalLine(level, message, now))
    if (!isSaid) return
    if (options.raw) sink.stderr(format(level, message, now))
    else sink.stdout(format(level, message, now))
  }
  return {
    debug: (message) => say('debug', message),
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
