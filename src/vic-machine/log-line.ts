/** One message of vic-machine; `plain` for what no logger wrote (tables, help, usage errors). */
export interface LogLine {
  readonly level: 'debug' | 'info' | 'warning' | 'error' | 'plain'
  readonly text: string
}

/** `time="…" level=info msg="…" `, further fields after it, as logged to anything but a terminal (facts/vic-machine.md § 1.5). */
const LOGRUS = /^time="[^"]*" level=([a-z]+)(?: msg=("(?:\\.|[^"\\])*"|[^\s"]*))?(?: .*)?$/
/** `Nov 23 2026 15:25:50.943Z ERROR …`, the second logger; the only one before 1.3.0. */
const DATED =
  /^[A-Z][a-z]{2} +\d{1,2} \d{4} \d{2}:\d{2}:\d{2}\.\d+(?:Z|[+-]\d{2}:?\d{2}) (DEBUG|INFO |WARN |ERROR|FATAL|PANIC)(?: (.*))?$/
const ESC = '\u001b'
/** Colours are chosen by stderr alone; we never give vic-machine a terminal, but may be shown such output. */
const COLOURED = new RegExp(`^${ESC}\\[\\d+m([A-Z]{4})${ESC}\\[0m\\[\\d+\\] (.*?) *\\r?$`)

/**
 * Takes output of vic-machine apart into messages. Lines that follow a dated message without a mark of their own
 * belong to it; so do blank ones.
 */
export function parseLogLines(output: string): LogLine[] {
  const lines: {level: LogLine['level']; text: string}[] = []
  let isOpen = false
  for (const physical of output.replace(/\n$/, '').split('\n')) {
    const line = parseLogLine(physical)
    const last = lines.at(-1)
    if (line.level === 'plain' && isOpen && last !== undefined) last.text += `\n${line.text}`
    else lines.push({...line})
    if (line.level !== 'plain') isOpen = !LOGRUS.test(physical)
  }
  return lines
}

/** One physical line without time and level; a continuation line is `plain`. */
export function parseLogLine(physical: string): LogLine {
  const logrus = LOGRUS.exec(physical)
  if (logrus !== null) return {level: levelOf(logrus[1] ?? ''), text: message(logrus[2] ?? '')}
  const other = DATED.exec(physical) ?? COLOURED.exec(physical)
  if (other !== null) return {level: levelOf(other[1] ?? ''), text: other[2] ?? ''}
  return {level: 'plain', text: physical.replace(/\r$/, '')}
}

/** Undoes Go's strconv.Quote; a text without quotes around it is taken as it is. */
export function unquoteGo(text: string): string {
  if (!text.startsWith('"')) return text
  const short: Record<string, string> = {a: '\u0007', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v'}
  const escape = /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})|(.))/g
  return text.slice(1, -1).replace(escape, (_, x?: string, u?: string, long?: string, octal?: string, one?: string) => {
    const hex = x ?? u ?? long
    if (hex !== undefined) return String.fromCodePoint(Math.min(Number.parseInt(hex, 16), 0x10ffff))
    if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8))
    return short[one ?? ''] ?? one ?? ''
  })
}

function message(quoted: string): string {
  return unquoteGo(quoted).replace(/\n$/, '')
}

function levelOf(word: string): LogLine['level'] {
  const start = word.slice(0, 4).toLowerCase()
  if (start === 'debu') return 'debug'
  if (start === 'info') return 'info'
  if (start === 'warn') return 'warning'
  return 'error'
}
