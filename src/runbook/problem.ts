/** What is wrong at one place of a runbook. */
export interface RunbookProblem {
  /** The file as it was named. */
  readonly file: string
  /** Counted from 1. */
  readonly line: number
  /** Counted from 1, in UTF-16 units as editors count. */
  readonly col: number
  /** Where in the document: `shares.projects.store.label`; empty for the document itself. */
  readonly path: string
  /** What was found, without a full stop; never a value that came from a variable. */
  readonly message: string
  /** What to write or to run instead, one sentence. */
  readonly fix: string
  /** Name of a variable that has no value here; absent for every other mistake. */
  readonly unset?: string
}

/** Keys and list indices from the root of the document. */
export type Path = readonly (string | number)[]

/** A problem before its offset was turned into line and column. */
export interface Finding {
  /** Offset into the text of the runbook. */
  readonly offset: number
  readonly path: Path
  readonly message: string
  readonly fix: string
  readonly unset?: string
}

const LONGEST_SHOWN = 60

/** What nobody sees, or takes for a blank: it is shown by its number. */
const INVISIBLE = /(?! )[\p{Cf}\p{Zs}\p{Zl}\p{Zp}]/gu

const byNumber = (sign: string): string => `\\u{${(sign.codePointAt(0) ?? 0).toString(16)}}`

/** A text of the runbook as it is shown in a problem: in quotes, on one line, not endless. */
export function quoted(text: string): string {
  const cut = text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text
  return JSON.stringify(cut).replace(INVISIBLE, byNumber)
}

/** The same where it could be taken for another text: letters that only look like ASCII ones are shown by number, too. */
export function quotedExactly(text: string): string {
  return quoted(text).replace(/[^ -~…]/gu, byNumber)
}

/** `shares.projects.directories["a b"]`, `steps[1].run`. */
export function pathText(path: Path): string {
  return path
    .map((part, index) => {
      if (typeof part === 'number') return `[${String(part)}]`
      if (!/^[\w-]{1,60}$/.test(part)) return `[${quoted(part)}]`
      return index === 0 ? part : `.${part}`
    })
    .join('')
}

/** Line and column of an offset; computed once per text, since a runbook may have many problems. */
export function placesIn(text: string): (offset: number) => {readonly line: number; readonly col: number} {
  const starts = [0]
  for (const {index, 0: end} of text.matchAll(/\r\n|\r|\n/g)) starts.push(index + end.length)
  return (offset) => {
    let low = 0
    let high = starts.length - 1
    while (low < high) {
      const middle = Math.ceil((low + high) / 2)
      if ((starts[middle] ?? 0) <= offset) low = middle
      else high = middle - 1
    }
    return {line: low + 1, col: offset - (starts[low] ?? 0) + 1}
  }
}

/** Findings as problems: in the order of the file, each said once. */
export function toProblems(findings: readonly Finding[], file: string, text: string): RunbookProblem[] {
  const placeOf = placesIn(text)
  const seen = new Set<string>()
  return [...findings]
    .sort((a, b) => a.offset - b.offset)
    .map(({offset, path, message, fix, unset}) => ({
      ...{file, ...placeOf(offset), path: pathText(path), message, fix},
      ...(unset === undefined ? {} : {unset}),
    }))
    .filter(({line, col, message}) => {
      const key = `${String(line)}:${String(col)}:${message}`
      if (seen.has(key)) return false
      seen.add(key)
      return true
    })
}
