import type {Look, Style} from './look.js'

interface CheckView {
  readonly title: string
  readonly state: 'ok' | 'warning' | 'failed' | 'not-asked'
  readonly evidence: string
  readonly advice?: string
  readonly fix?: readonly string[]
  readonly code?: string
}

interface ExaminationView {
  readonly summary: {
    readonly ok: number
    readonly warnings: number
    readonly failed: number
    readonly notAsked: number
  }
  readonly groups: readonly {readonly title: string; readonly checks: readonly CheckView[]}[]
}

const STYLES: Readonly<Record<CheckView['state'], Style>> = {
  ok: 'green',
  warning: 'yellow',
  failed: 'red',
  'not-asked': 'dim',
}
/** Narrower than this, lines are no help any more. */
const LEAST_WIDTH = 40
const MOST_TITLE = 24

/** Breaks a text at blanks; a word that is longer than the line, such as a URL, stays whole. */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}

function markOf(state: CheckView['state'], {marks}: Look): string {
  return {ok: marks.done, warning: marks.warning, failed: marks.failed, 'not-asked': marks.skipped}[state]
}

function checkLines(check: CheckView, look: Look, titleWidth: number): string[] {
  const {title, state, evidence, advice, fix = [], code} = check
  // The ASCII mark of what is fine has two letters.
  const markWidth = look.marks.done.length
  const mark = look.style(STYLES[state], markOf(state, look).padEnd(markWidth))
  const indent = ' '.repeat(markWidth + 3)
  const width = Math.max(LEAST_WIDTH, look.width) - indent.length
  const said = code === undefined || state === 'ok' ? evidence : `${evidence} (${code})`
  // Beside its title while it fits; below it where it would become a column of single words.
  const beside = wrapped(said, width - titleWidth - 2)
  const isShort = title.length <= titleWidth && beside.length <= 3
  const shown = (line: string): string => (state === 'ok' || state === 'not-asked' ? look.style('dim', line) : line)
  const below = (lines: readonly string[]): string[] => lines.map((line) => `${indent}  ${shown(line)}`)
  const first = isShort
    ? beside.map((line, index) =>
        index === 0
          ? `  ${mark} ${title.padEnd(titleWidth)}  ${shown(line)}`
          : `${indent}${' '.repeat(titleWidth + 2)}${shown(line)}`,
      )
    : [`  ${mark} ${title}`, ...below(wrapped(said, width - 2))]
  const advised = advice === undefined ? [] : wrapped(`do: ${advice}`, width - 2).map((line) => `${indent}  ${line}`)
  // Commands are never broken: they are to be copied.
  return [...first, ...advised, ...fix.map((command) => `${indent}  try: ${look.style('cyan', command)}`)]
}

function summaryLine({summary}: ExaminationView, look: Look): string {
  const {ok, warnings, failed, notAsked} = summary
  const plural = warnings === 1 ? '' : 's'
  const colored = (count: number, text: string, style: Style): string => (count === 0 ? text : look.style(style, text))
  return [
    colored(ok, `${ok} ok`, 'green'),
    colored(warnings, `${warnings} warning${plural}`, 'yellow'),
    colored(failed, `${failed} failed`, 'red'),
    `${notAsked} not asked`,
  ].join(', ')
}

/** The checks in their groups; `onlyTrouble` leaves out what is fine and what was not asked. */
export function doctorText(
  view: ExaminationView,
  options: {readonly look: Look; readonly onlyTrouble: boolean},
): string {
  const {look, onlyTrouble} = options
  const isShown = ({state}: CheckView): boolean => !onlyTrouble || state === 'warning' || state === 'failed'
  const titles = view.groups.flatMap(({checks}) => checks.filter(isShown).map(({title}) => title.length))
  const titleWidth = Math.min(MOST_TITLE, Math.max(0, ...titles))
  const groups = view.groups
    .map(({title, checks}) => ({title, checks: checks.filter(isShown)}))
    .filter(({checks}) => checks.length > 0)
    .map(({title, checks}) =>
      [look.style('bold', title), ...checks.flatMap((check) => checkLines(check, look, titleWidth))].join('\n'),
    )
  return [...groups, summaryLine(view, look)].join('\n\n')
}
