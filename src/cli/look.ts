import {styleText} from 'node:util'

export type Style = 'bold' | 'dim' | 'green' | 'red' | 'yellow' | 'cyan'

export interface Marks {
  readonly started: string
  readonly done: string
  readonly unchanged: string
  readonly skipped: string
  readonly failed: string
  readonly undo: string
  readonly warning: string
  readonly bar: string
  /** A branch of a tree, the last one, and what stands below either of them. */
  readonly branch: string
  readonly lastBranch: string
  readonly trunk: string
}

/** How text may look on one output stream. Colour never says anything that a mark or a word does not say too. */
export interface Look {
  readonly isTerminal: boolean
  readonly color: boolean
  /** Columns; 80 where unknown. */
  readonly width: number
  /** The terminal's lines can be redrawn: it is one, is not dumb, says how wide it is, and shows the spinner's characters. */
  readonly canRedraw: boolean
  readonly marks: Marks
  style(style: Style, text: string): string
}

const UNICODE_MARKS: Marks = {
  started: '▸',
  done: '✔',
  unchanged: '=',
  skipped: '–',
  failed: '✘',
  undo: '↩',
  warning: '!',
  bar: '█',
  branch: '├─ ',
  lastBranch: '└─ ',
  trunk: '│  ',
}

const ASCII_MARKS: Marks = {
  started: '>',
  done: 'ok',
  unchanged: '=',
  skipped: '-',
  failed: 'x',
  undo: '<',
  warning: '!',
  bar: '#',
  branch: '|- ',
  lastBranch: '`- ',
  trunk: '|  ',
}

export interface LookSettings {
  readonly environment: Readonly<Record<string, string | undefined>>
  /** --no-color */
  readonly noColor?: boolean
  readonly platform?: NodeJS.Platform
}

/** What a stream can show, from the stream itself and the environment (NO_COLOR, FORCE_COLOR, TERM, LC_ALL, LC_CTYPE, LANG). */
export function lookOf(stream: {readonly isTTY?: boolean; readonly columns?: number}, settings: LookSettings): Look {
  const {environment} = settings
  const isTerminal = stream.isTTY === true
  const isDumb = environment['TERM'] === 'dumb'
  const color = colorIsWanted(isTerminal && !isDumb, settings)
  // Some terminals report zero columns; that means "unknown".
  const columns = stream.columns ?? 0
  const unicode = !isDumb && speaksUnicode(settings)
  return {
    isTerminal,
    color,
    width: columns > 0 ? columns : 80,
    canRedraw: isTerminal && unicode && columns > 0,
    marks: unicode ? UNICODE_MARKS : ASCII_MARKS,
    style: (style, text) => (color ? styleText(style, text, {validateStream: false}) : text),
  }
}

function colorIsWanted(byDefault: boolean, {environment, noColor}: LookSettings): boolean {
  const force = environment['FORCE_COLOR']
  // https://no-color.org: set and not empty, whatever the value.
  if (noColor === true || (environment['NO_COLOR'] ?? '') !== '') return false
  if (force !== undefined && force !== '') return force !== '0' && force !== 'false'
  return byDefault
}

function speaksUnicode({environment, platform = process.platform}: LookSettings): boolean {
  if (platform === 'win32') return (environment['WT_SESSION'] ?? environment['TERM_PROGRAM'] ?? '') !== ''
  // The first that is set and not empty decides (POSIX, Base Definitions § 8.2).
  const locale = [environment['LC_ALL'], environment['LC_CTYPE'], environment['LANG']].find(
    (value) => (value ?? '') !== '',
  )
  return /utf-?8/i.test(locale ?? '')
}
