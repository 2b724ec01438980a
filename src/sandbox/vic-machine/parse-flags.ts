import type {Flag} from './flag.js'
import {parseGoDuration} from './go-duration.js'
import {parseGoUrl} from './go-url.js'

/** What the command line says; a flag that was neither given nor in the environment is absent. */
export interface ParsedFlags {
  readonly values: ReadonlyMap<string, readonly string[]>
  /** Flags that stood on the command line. */
  readonly given: ReadonlySet<string>
  /** Words after the flags. */
  readonly rest: readonly string[]
  readonly help: boolean
}

/** A mistake in the command line, in the words of Go's flag package. */
export class UsageError extends Error {}

/** A variable that does not parse: vic-machine ends without a word and exit code 0 (facts/vic-machine.md § 0.1). */
export class EnvironmentError extends Error {}

/**
 * Parses as Go's flag package does: one or two dashes, `=` or the next word, the first other word ends it.
 * A flag wins over its variable.
 * @throws UsageError, EnvironmentError
 */
export function parseFlags(
  flags: readonly Flag[],
  words: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): ParsedFlags {
  const byName = new Map(flags.flatMap((flag) => flag.names.map((name) => [name, flag] as const)))
  const values = fromEnvironment(flags, environment)
  const given = new Set<string>()
  let index = 0
  for (; index < words.length; index++) {
    const word = words[index] ?? ''
    if (!word.startsWith('-') || word === '-') break
    if (word === '--') return {values, given, rest: words.slice(index + 1), help: false}
    const {name, inline} = splitFlag(word)
    if (name === 'help' || name === 'h') return {values, given, rest: [], help: true}
    const flag = byName.get(name)
    if (!flag) throw new UsageError(`flag provided but not defined: -${name}`)
    let value = inline
    if (flag.kind === 'switch') value ??= 'true'
    else if (value === undefined) {
      if (index + 1 >= words.length) throw new UsageError(`flag needs an argument: -${name}`)
      value = words[++index] ?? ''
    }
    checkValue(flag, name, value)
    const key = flag.names[0]
    values.set(key, flag.kind === 'list' && given.has(key) ? [...(values.get(key) ?? []), value] : [value])
    given.add(key)
  }
  return {values, given, rest: words.slice(index), help: false}
}

function splitFlag(word: string): {name: string; inline: string | undefined} {
  const body = word.replace(/^--?/, '')
  if (body === '' || body.startsWith('-') || body.startsWith('=')) throw new UsageError(`bad flag syntax: ${word}`)
  const equals = body.indexOf('=')
  return equals < 0 ? {name: body, inline: undefined} : {name: body.slice(0, equals), inline: body.slice(equals + 1)}
}

function fromEnvironment(
  flags: readonly Flag[],
  environment: Readonly<Record<string, string | undefined>>,
): Map<string, readonly string[]> {
  const values = new Map<string, readonly string[]>()
  for (const flag of flags) {
    const value = flag.environment === undefined ? undefined : environment[flag.environment]
    // Only the password may be set and empty: the empty password is then tried (auth-password-env-empty).
    if (value === undefined || (value === '' && flag.names[0] !== 'password')) continue
    if (flag.kind === 'target' && value !== '') {
      try {
        parseTargetUrl(value)
      } catch (error) {
        throw new EnvironmentError((error as Error).message)
      }
    }
    values.set(flag.names[0], [value])
  }
  return values
}

function checkValue(flag: Flag, name: string, value: string): void {
  const invalid = (reason: string) =>
    new UsageError(`invalid value ${JSON.stringify(value)} for flag -${name}: ${reason}`)
  try {
    if (flag.kind === 'duration') parseGoDuration(value)
    if (flag.kind === 'target') parseTargetUrl(value)
  } catch (error) {
    throw invalid((error as Error).message)
  }
  if (flag.kind === 'number' && !/^[+-]?\d+$/.test(value))
    throw invalid(`strconv.ParseInt: parsing ${JSON.stringify(value)}: invalid syntax`)
  if (flag.kind === 'switch' && !/^(?:1|0|t|f|T|F|true|false|TRUE|FALSE|True|False)$/.test(value)) {
    throw new UsageError(
      `invalid boolean value ${JSON.stringify(value)} for -${name}: strconv.ParseBool: parsing ${JSON.stringify(value)}: invalid syntax`,
    )
  }
}

/** Parses `host`, `host/datacenter`, `https://host/datacenter/`, `user:password@host`. @throws Error */
export function parseTargetUrl(target: string) {
  return parseGoUrl(/^\w+:\/\//.test(target) ? target : `https://${target}`)
}
