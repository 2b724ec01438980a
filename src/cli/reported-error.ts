import {stripVTControlCharacters} from 'node:util'

import {redact} from '../model/redaction.js'
import {isVicnfsError, messageOf, VicnfsError} from '../model/vicnfs-error.js'

/** What `error` is reported as: ours as it is, oclif's parser errors as VN-USAGE, anything else as VN-BUG. */
export function reportedError(error: unknown, options: {readonly helpCommand: string}): VicnfsError {
  if (isVicnfsError(error)) return withoutParserFrame(error)
  if (isUsageError(error)) {
    return new VicnfsError('VN-USAGE', sentenceOf(error), {tries: [options.helpCommand]})
  }
  return new VicnfsError('VN-BUG', withoutSecrets(messageOf(error)) || 'Something failed without saying what', {
    cause: error,
  })
}

/** oclif's parser errors know what they parsed; other errors of oclif for wrong use ask for exit code 2. */
function isUsageError(error: unknown): error is Error {
  if (!(error instanceof Error)) return false
  const {parse, oclif} = error as Error & {parse?: unknown; oclif?: {exit?: unknown}}
  return parse !== undefined || oclif?.exit === 2
}

/** One sentence of oclif's several lines, which put names and descriptions in columns and end with an advice. */
function sentenceOf(error: Error): string {
  const {args} = error as {args?: unknown}
  if (error.message.startsWith('Missing ') && Array.isArray(args)) {
    const names = (args as readonly {name: string}[]).map((arg) => arg.name.toUpperCase())
    return `${names.join(' and ')} ${names.length === 1 ? 'is' : 'are'} missing`
  }
  const lines = stripVTControlCharacters(error.message)
    .split('\n')
    .map((line) => line.trim().replaceAll(/\s+/g, ' '))
    .filter((line) => line !== '' && line !== 'See more help with --help')
  return lines.join(' ')
}

/** oclif writes `Parsing --flag` around the message of an error that a flag's own parser throws. */
function withoutParserFrame(error: VicnfsError): VicnfsError {
  const framed = /^Parsing (--[\w-]+) \n\t(.*)\nSee more help with --help$/s.exec(error.message)
  if (framed !== null) error.message = `${framed[1] ?? ''}: ${framed[2] ?? ''}`
  return error
}

/** From this length on a password is told from an innocent word. */
const DISTINCTIVE_LENGTH = 8

/** A text that we did not write ourselves, without passwords (S8). */
export function withoutSecrets(text: string): string {
  const password = process.env['VIC_MACHINE_PASSWORD'] ?? ''
  return redact(text, password.length >= DISTINCTIVE_LENGTH ? [password] : [])
}
