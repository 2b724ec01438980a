import type {VicnfsError} from '../model/vicnfs-error.js'
import type {Look} from './look.js'
import {printable} from './printable.js'
import {withoutSecrets} from './reported-error.js'
import {wrapped} from './status-words.js'

/** As many as can be read in one go. */
const MOST_PROBLEMS = 50

/** What is wrong at one place of a file. */
interface ProblemView {
  readonly file: string
  readonly line: number
  readonly col: number
  readonly path: string
  readonly message: string
  readonly fix: string
}

/** An error for people: the sentence with its code, why, what to try, and the way out step by step. */
export function errorText(error: VicnfsError, options: {readonly look: Look; readonly verbose: boolean}): string {
  const {look, verbose} = options
  const {message, reason, tries, recovery, details} = error
  const told = printable({message, reason, tries, recovery, details})
  const lines = [
    `${look.style('red', look.marks.failed)} ${sentence(told.message, error.code, look)}`,
    `  ${look.style('dim', 'why:')} ${indented(prose(told.reason, look))}`,
    ...undoLines(told),
    ...problemLines(told),
    ...told.tries.map((command) => `  ${look.style('dim', 'try:')} ${look.style('cyan', command)}`),
    ...recoveryLines(told.recovery),
    ...moreLines(error).map((line) => look.style('dim', line)),
  ]
  if (verbose) lines.push(...stackLines(error).map((line) => look.style('dim', printable(withoutSecrets(line)))))
  return lines.join('\n')
}

/** The sentence with its code, broken between words. */
function sentence(message: string, code: string, look: Look): string {
  const whole = wrapped(`${message} (${code})`, look, '  ').slice(0, -code.length - 2)
  const words = whole.trimEnd()
  return `${look.style('bold', words)}${whole.slice(words.length)}${look.style('dim', `(${code})`)}`
}

/** Words only: a command that is broken here could not be pasted. */
function prose(text: string, look: Look): string {
  return text
    .split('\n')
    .map((line) => wrapped(line, look, '       ').replaceAll('\n       ', '\n'))
    .join('\n')
}

/** Where the error itself names nothing to do, the catalogue does. */
function moreLines({code, tries, recovery}: VicnfsError): string[] {
  return tries.length > 0 || recovery.length > 0 ? [] : [`  more: vicnfs explain ${code}`]
}

/** Each at the left edge as editors and terminals want it for a jump: `file:line:col: …`. */
function problemLines({details}: Pick<VicnfsError, 'details'>): string[] {
  const problems = details['problems']
  if (!Array.isArray(problems)) return []
  const lines = (problems as readonly ProblemView[]).slice(0, MOST_PROBLEMS).map((problem) => problemText(problem))
  const more = problems.length - lines.length
  return more === 0 ? lines : [...lines, `… and ${String(more)} more; --json has them all`]
}

function problemText({file, line, col, path, message, fix}: ProblemView): string {
  const place = [file, String(line), String(col)].join(':')
  return `${place}: ${path === '' ? '' : `${path}: `}${message}. ${fix}`.trimEnd()
}

function undoLines({details}: Pick<VicnfsError, 'details'>): string[] {
  const failures = details['undoFailures']
  if (!Array.isArray(failures)) return []
  return (failures as readonly {title: string; message: string}[]).map(
    ({title, message}) => `  left behind: ${indented(`${title}: ${message}`)}`,
  )
}

function recoveryLines(recovery: readonly string[]): string[] {
  if (recovery.length === 0) return []
  return ['  the way out:', ...recovery.map((step, index) => `  ${String(index + 1)}. ${indented(step)}`)]
}

function stackLines(error: VicnfsError): string[] {
  const cause =
    error.cause instanceof Error ? (error.cause.stack ?? '').split('\n').map((line) => `  caused by ${line}`) : []
  return [...(error.stack ?? '').split('\n').slice(1), ...cause]
}

function indented(text: string): string {
  return text.replaceAll('\n', '\n     ')
}
