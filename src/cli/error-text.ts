import type {VicnfsError} from '../model/vicnfs-error.js'
import type {Look} from './look.js'
import {withoutSecrets} from './reported-error.js'

/** An error for people: the sentence with its code, why, what to try, and the way out step by step. */
export function errorText(error: VicnfsError, options: {readonly look: Look; readonly verbose: boolean}): string {
  const {look, verbose} = options
  const lines = [
    `${look.style('red', look.marks.failed)} ${look.style('bold', error.message)} ${look.style('dim', `(${error.code})`)}`,
    `  ${look.style('dim', 'why:')} ${indented(error.reason)}`,
    ...undoLines(error),
    ...error.tries.map((command) => `  ${look.style('dim', 'try:')} ${look.style('cyan', command)}`),
    ...recoveryLines(error.recovery),
    ...moreLines(error).map((line) => look.style('dim', line)),
  ]
  if (verbose) lines.push(...stackLines(error).map((line) => look.style('dim', withoutSecrets(line))))
  return lines.join('\n')
}

/** Where the error itself names nothing to do, the catalogue does. */
function moreLines({code, tries, recovery}: VicnfsError): string[] {
  return tries.length > 0 || recovery.length > 0 ? [] : [`  more: vicnfs explain ${code}`]
}

function undoLines(error: VicnfsError): string[] {
  const failures = error.details['undoFailures']
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
