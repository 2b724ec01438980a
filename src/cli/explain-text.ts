import type {Look} from './look.js'
import {table} from './table.js'

interface EntryView {
  readonly code: string
  readonly exitCode: number
  readonly meaning: string
  readonly summary: string
  readonly cause: string
  readonly remedy: string
}

interface ExplainView {
  readonly error?: EntryView | undefined
  readonly groups?: readonly {readonly title: string; readonly errors: readonly EntryView[]}[] | undefined
}

const INDENT = 13

/** A text in lines of at most `width` columns, the first one behind its heading. */
function paragraph(heading: string, text: string, width: number): string {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width - INDENT) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line].map((each, index) => (index === 0 ? heading : '').padEnd(INDENT) + each).join('\n')
}

function entryText({code, exitCode, meaning, summary, cause, remedy}: EntryView, look: Look): string {
  const width = Math.max(60, Math.min(look.width, 110))
  return [
    `${look.style('bold', code)}: ${summary}`,
    paragraph('  why', cause, width),
    paragraph('  what to do', remedy, width),
    paragraph('  exit code', `${exitCode}: ${meaning}`, width),
  ].join('\n')
}

/** One error, or the whole catalogue by where errors come from. */
export function explainText({error, groups = []}: ExplainView, look: Look): string {
  if (error !== undefined) return entryText(error, look)
  const width = Math.max(...groups.flatMap(({errors}) => errors.map(({code}) => code.length)), 0)
  const blocks = groups.map(({title, errors}) => {
    const rows = errors.map(({code, exitCode, summary}) => [`  ${code.padEnd(width)}`, String(exitCode), summary])
    return [look.style('bold', title), ...table(rows, {align: ['left', 'right']})].join('\n')
  })
  return `${blocks.join('\n\n')}\n\nThe number is the exit code. More about one: vicnfs explain CODE`
}
