import type {Flag} from './flag.js'
import {COMMAND_FLAGS, type CommandName} from './flags.js'
import {isFrom, releaseText, type Release} from './releases.js'

const COMMANDS: readonly (readonly [string, string])[] = [
  ['create', 'Deploy VCH'],
  ['configure', 'Update VCH configuration'],
  ['delete', 'Delete VCH and associated resources'],
  ['ls', 'List VCHs'],
  ['inspect', 'Inspect VCH'],
  ['upgrade', 'Upgrade VCH to latest version'],
  ['version', 'Show VIC version information'],
  ['debug', 'Debug VCH'],
  ['update', 'Modify infrastructure configuration'],
  ['help, h', 'Shows a list of commands or help for one command'],
]

/** Commands of vic-machine that the stand-in knows and does not carry out. */
export const NOT_EMULATED: ReadonlySet<string> = new Set(['create', 'delete', 'upgrade', 'debug', 'update'])

const TITLES: Readonly<Record<CommandName, string>> = {
  configure: 'Update VCH configuration',
  ls: 'List VCHs',
  inspect: 'Inspect VCH',
  'inspect config': 'Show VCH configuration options',
}

/** Help of the program itself: also what a call without arguments prints. Here alone it says what it is. */
export function programHelp(program: string, release: Release): string {
  return [
    'NAME:',
    `   ${program} - Create and manage Virtual Container Hosts (stand-in of the vicnfs sandbox)`,
    '',
    'USAGE:',
    `   ${program} [global options] command [command options] [arguments...]`,
    '',
    'VERSION:',
    `   ${releaseText(release)}`,
    '',
    'COMMANDS:',
    ...columns(COMMANDS, '     '),
    '',
    'GLOBAL OPTIONS:',
    '   --help, -h     show help',
    '   --version, -v  print the version',
    '',
  ].join('\n')
}

/** Help of one command; `extended` shows the hidden flags too. */
export function commandHelp(program: string, command: CommandName, release: Release, extended: boolean): string {
  const all = extended || (command === 'configure' && !release.splitHelp)
  const shown = flagsOf(command, release).filter((flag) => (all ? true : flag.hidden !== true))
  const rows = shown
    .filter((flag) => !(flag.names[0] === 'rollback' && !release.splitHelp))
    .map((flag) => [flagNames(flag), flagText(flag, release)] as const)
  const help = [['--help, -h', 'show help'] as const]
  const subcommands = command === 'inspect'
  return [
    'NAME:',
    `   ${program} ${command} - ${TITLES[command]}`,
    '',
    'USAGE:',
    `   ${program} ${command} ${subcommands ? 'command ' : ''}[command options] [arguments...]`,
    '',
    ...(subcommands ? ['COMMANDS:', '     config  Show VCH configuration options', ''] : []),
    'OPTIONS:',
    ...columns([...rows, ...(subcommands || extended ? help : [])], '   '),
    '   ',
    '',
  ].join('\n')
}

/** Flags that a release knows. */
export function flagsOf(command: CommandName, release: Release): readonly Flag[] {
  return COMMAND_FLAGS[command].filter((flag) => flag.since === undefined || isFrom(release.version, flag.since))
}

function flagNames(flag: Flag): string {
  const value = flag.kind === 'switch' ? '' : ' value'
  return flag.names.map((name) => `${name.length === 1 ? '-' : '--'}${name}${value}`).join(', ')
}

function flagText(flag: Flag, {version}: Release): string {
  const [first, before] = flag.usageBefore ?? []
  const usage = first !== undefined && before !== undefined && !isFrom(version, first) ? before : flag.usage
  const shownDefault = flag.shownDefault === undefined ? '' : ` (default: ${flag.shownDefault})`
  const environment = flag.environment === undefined ? '' : ` [$${flag.environment}]`
  return `${usage}${shownDefault}${environment}`
}

function columns(rows: readonly (readonly [string, string])[], indent: string): string[] {
  const width = Math.max(...rows.map(([name]) => name.length))
  // The lines of one text stand a blank further in than its first one.
  const margin = ' '.repeat(indent.length + width + 3)
  return rows.map(([name, text]) => `${indent}${name.padEnd(width)}  ${text.replaceAll('\n', `\n${margin}`)}`)
}
