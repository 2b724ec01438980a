import {Errors, type Hook} from '@oclif/core'

import {nearestName} from '../model/nearest-name.js'
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
