export type Level = 'debug' | 'info' | 'warning' | 'error'

const COLOURS: Readonly<Record<Level, number>> = {debug: 37, info: 34, warning: 33, error: 31}
const TERMINAL_WORDS: Readonly<Record<Level, string>> = {debug: 'DEBU', info: 'INFO', warning: 'WARN', error: 'ERRO'}
const GLOBAL_WORDS: Readonly<Record<Level, string>> = {debug: 'DEBUG', info: 'INFO ', warning: 'WARN ', error: 'ERROR'}
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** One line on a pipe: logrus' text format, with its blank before the line feed (facts/vic-machine.md § 1.5). */
export function pipeLine(level: Level, message: string, now: Date): string {
  const time = `time=${quoteGo(`${isoDate(now)}T${clock(now)}${zone(now)}`)} level=${level} `
  if (message === '') return `${time}\n`
  const text = /^[A-Za-z0-9.-]+$/.test(message) ? message : quoteGo(message)
  return `${time}msg=${text} \n`
}

/** One line on a terminal; `elapsedMs` since the start of the program. */
export function terminalLine(level: Level, message: string, elapsedMs: number): string {
  const seconds = String(Math.floor(elapsedMs / 1000)).padStart(4, '0')
  return `\u001B[${COLOURS[level]}m${TERMINAL_WORDS[level]}\u001B[0m[${seconds}] ${message.padEnd(44)} \n`
}

/** One line of the global logger, and the form of the log file. */
export function globalLine(level: Level, message: string, now: Date): string {
  const ms = String(now.getMilliseconds()).padStart(3, '0')
  const day = String(now.getDate()).padStart(2, ' ')
  const date = `${MONTHS[now.getMonth()]} ${day} ${now.getFullYear()}`
  return `${date} ${clock(now)}.${ms}${zone(now)} ${GLOBAL_WORDS[level]} ${message}\n`
}

/** Quotes as Go's %q does. */
export function quoteGo(text: string): string {
  const escapes: Readonly<Record<string, string>> = {
    '"': '\\"',
    '\\': '\\\\',
    '\n': '\\n',
    '\t': '\\t',
    '\r': '\\r',
    '\u0007': '\\a',
    '\b': '\\b',
    '\f': '\\f',
    '\v': '\\v',
  }
  const inner = text.replace(/["\\\p{C}]/gu, (sign) => escapes[sign] ?? codeEscape(sign.codePointAt(0) ?? 0))
  return `"${inner}"`
}

function codeEscape(code: number): string {
  if (code < 0x80) return `\\x${code.toString(16).padStart(2, '0')}`
  return code > 0xff_ff ? `\\U${code.toString(16).padStart(8, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`
}

function isoDate(now: Date): string {
  return [now.getFullYear(), now.getMonth() + 1, now.getDate()].map((part) => String(part).padStart(2, '0')).join('-')
}

function clock(now: Date): string {
  return [now.getHours(), now.getMinutes(), now.getSeconds()].map((part) => String(part).padStart(2, '0')).join(':')
}

function zone(now: Date): string {
  const minutes = -now.getTimezoneOffset()
  if (minutes === 0) return 'Z'
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60]
  return `${minutes < 0 ? '-' : '+'}${String(hours).padStart(2, '0')}:${String(rest).padStart(2, '0')}`
}
