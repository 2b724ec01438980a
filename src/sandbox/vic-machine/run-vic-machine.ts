import {configureVch} from './configure.js'
import type {CommandName} from './flags.js'
import {parseGoDuration} from './go-duration.js'
import {commandHelp, flagsOf, NOT_EMULATED, programHelp} from './help.js'
import {chooseFormat, inspectConfig, inspectVch} from './inspect.js'
import {flagValue, isSet, type Invocation, type Run, type Surroundings} from './invocation.js'
import {listVchs} from './ls.js'
import {createNarrator} from './narrator.js'
import {EnvironmentError, parseFlags, UsageError, type ParsedFlags} from './parse-flags.js'
import {releaseText} from './releases.js'
import {traceEnd} from './trace-error.js'

/** How each command calls itself in its closing line; `inspect` leaves a second blank there. */
const LABELS: Readonly<Record<CommandName, string>> = {
  configure: 'configure',
  ls: 'ls',
  inspect: 'inspect ',
  'inspect config': 'inspect config',
}
const TIMED_OUT: Readonly<Record<CommandName, string>> = {
  configure: 'Configure',
  ls: 'List',
  inspect: 'Inspect',
  'inspect config': 'Inspect',
}

/** Runs one command line of the stand-in. @returns the exit code (facts/vic-machine.md § 1.4) */
export async function runVicMachine(invocation: Invocation, world: Surroundings): Promise<number> {
  const {program, words, release} = invocation
  const {sink} = world
  const [word = 'help', ...rest] = words
  if (word === 'help' || word === 'h' || word === '--help' || word === '-h') return printHelp(invocation, rest, world)
  if (word === 'version' || word === '--version' || word === '-v') {
    sink.stdout(`${program} version ${releaseText(release)}\n`)
    return 0
  }
  if (word === 'ls' || word === 'configure' || word === 'inspect')
    return runCommand(invocation, {command: word, rest}, world)
  if (NOT_EMULATED.has(word)) {
    sink.stderr(`the vicnfs sandbox does not emulate ${program} ${word}\n`)
    return 1
  }
  if (word.startsWith('-')) {
    const name = word.replace(/^--?/, '')
    sink.stdout(`Incorrect Usage. flag provided but not defined: -${name}\n\n${programHelp(program, release)}`)
    return 0
  }
  sink.stderr(`No help topic for '${word}'\n`)
  return 3
}

function printHelp({program, release}: Invocation, [topic]: readonly string[], {sink}: Surroundings): number {
  if (topic === undefined) sink.stdout(programHelp(program, release))
  else if (topic === 'ls' || topic === 'configure' || topic === 'inspect') {
    sink.stdout(commandHelp(program, topic, release, false))
  } else {
    sink.stderr(`No help topic for '${topic}'\n`)
    return 3
  }
  return 0
}

interface Words {
  readonly command: CommandName
  readonly rest: readonly string[]
}

async function runCommand(invocation: Invocation, {command, rest}: Words, world: Surroundings): Promise<number> {
  const {program, release} = invocation
  const print = (text: string) => (world.sink.stdout(text), 0)
  let flags: ParsedFlags
  try {
    flags = parseFlags(flagsOf(command, release), rest, world.environment)
  } catch (error) {
    if (error instanceof EnvironmentError) return 0
    if (!(error instanceof UsageError)) throw error
    // A command with commands of its own is parsed by another part of the library, with another sign.
    const sign = command === 'inspect' ? '.' : ':'
    return print(`Incorrect Usage${sign} ${error.message}\n\n${commandHelp(program, command, release, false)}`)
  }
  if (flags.help) return print(commandHelp(program, command, release, false))
  if (isSet(flags, 'extended-help')) return print(commandHelp(program, command, release, true))
  // Flags between `inspect` and `config` are lost (facts/vic-machine.md § 1.1).
  if (command === 'inspect' && flags.rest[0] === 'config') {
    return runCommand(invocation, {command: 'inspect config', rest: flags.rest.slice(1)}, world)
  }
  return runLimited({program, command, release, flags, world})
}

async function runLimited(parts: Omit<Run, 'narrator' | 'deadline'>): Promise<number> {
  const raw = parts.command === 'inspect config' && flagValue(parts.flags, 'format') === 'raw'
  const {release, command, world} = parts
  const debug = Number(flagValue(parts.flags, 'debug') ?? 0) > 0
  const narrator = createNarrator(world.sink, {raw, dated: release.datedLines, debug})
  const timeoutMs = parseGoDuration(flagValue(parts.flags, 'timeout') ?? '3m0s')
  // Before 1.3.0 the limit of configure begins when it waits for the services.
  const isLimited = command !== 'configure' || release.timeoutCoversAll
  const deadline = world.limit(timeoutMs, {unlimited: !isLimited})
  const run: Run = {...parts, narrator, deadline}
  let failure: string | undefined
  sayBeginning(run)
  try {
    await dispatch(run)
  } catch (error) {
    failure = (error as Error).message
  } finally {
    deadline.clear()
  }
  if (deadline.expired) {
    traceEnd(run)
    failure = `${TIMED_OUT[run.command]} timed out: use --timeout to add more time`
  }
  if (failure === undefined) return 0
  narrator.error('--------------------')
  narrator.error(`${run.program} ${LABELS[run.command]} failed: ${failure}\n`)
  return 1
}

/** The first lines of every operation; only the log file shows them, unless `--debug` is given. */
function sayBeginning({narrator, program, command, release}: Run): void {
  if (release.datedLines) return
  const place =
    command === 'configure' ? 'configure.(*Configure)' : command === 'ls' ? 'list.(*List)' : 'inspect.(*Inspect)'
  const begin = `[vic/cmd/vic-machine/${place}.processParams]`
  narrator.debug(`[NewOperation] ${program}`)
  narrator.debug(`[ChildOperation] ${program}`)
  narrator.debug(`[BEGIN] ${begin} `)
  narrator.debug(`[ END ] ${begin} `)
}

async function dispatch(run: Run): Promise<void> {
  if (run.command === 'ls') return listVchs(run)
  if (run.command === 'configure') return configureVch(run)
  if (run.command === 'inspect') return inspectVch(run)
  return inspectConfig(run, chooseFormat(run))
}
