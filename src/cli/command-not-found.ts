import {Errors, type Hook} from '@oclif/core'

import {VicnfsError} from '../model/vicnfs-error.js'
import {envelopeText, errorEnvelope} from './envelope.js'
import {errorText} from './error-text.js'
import {lookOf} from './look.js'

/** oclif's hook for a command that does not exist: the same error form as everywhere, with the nearest command. */
const commandNotFound: Hook.CommandNotFound = function ({id, argv = [], config}): Promise<never> {
  const typed = id.replaceAll(':', ' ')
  const names = [...config.commandIDs, ...config.topics.map((topic) => topic.name)].map((name) =>
    name.replaceAll(':', ' '),
  )
  // oclif takes the arguments for words of the command: the longest part that resembles a command is meant.
  const words = typed.split(' ')
  const parts = words.map((_word, index) => words.slice(0, words.length - index).join(' '))
  const nearest = parts.map((part) => nearestName(part, names)).find((name) => name !== undefined)
  const tries = [...(nearest === undefined ? [] : [`${config.bin} ${nearest} --help`]), `${config.bin} --help`]
  const reason = id.startsWith('-') ? 'Flags come after the command.' : 'There is no command of this name.'
  const error = new VicnfsError('VN-USAGE', `"${typed}" is not a command of ${config.bin}`, {reason, tries})
  if ([id, ...argv].includes('--json')) {
    process.stdout.write(`${envelopeText(errorEnvelope(typed, error, []))}\n`)
  } else {
    const noColor = argv.includes('--no-color')
    const look = lookOf(process.stderr, {environment: process.env, noColor})
    process.stderr.write(`${errorText(error, {look, verbose: false})}\n`)
  }
  // Makes oclif end with this code and print nothing more.
  return Promise.reject(new Errors.ExitError(error.exitCode))
}

export default commandNotFound

/** The candidate that is a few slips of the keyboard away, if there is one. */
export function nearestName(typed: string, candidates: readonly string[]): string | undefined {
  let nearest: {readonly name: string; readonly distance: number} | undefined
  for (const name of candidates) {
    const distance = editDistance(typed, name)
    if (distance <= Math.max(1, Math.floor(name.length / 3)) && distance < (nearest?.distance ?? Infinity)) {
      nearest = {name, distance}
    }
  }
  return nearest?.name
}

/** Levenshtein distance. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({length: b.length + 1}, (_value, index) => index)
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row]
    for (let column = 1; column <= b.length; column += 1) {
      const replaced = (previous[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1)
      current.push(Math.min((previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1, replaced))
    }
    previous = current
  }
  return previous[b.length] ?? 0
}
