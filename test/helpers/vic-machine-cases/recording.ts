import {existsSync, readdirSync, readFileSync} from 'node:fs'
import {join, resolve} from 'node:path'
import {fileURLToPath} from 'node:url'

/** Where the recordings of the real vic-machine lie, beside the clone; they are no part of it. */
const FOLDER = resolve(fileURLToPath(new URL('../../..', import.meta.url)), '../shared/vic-machine-transcripts')

/** Why recordings cannot be read here; undefined when they can. */
export const NO_RECORDINGS = existsSync(FOLDER) ? undefined : `there are no recordings in ${FOLDER}`

/** One recorded run of vic-machine; the one with two processes is two of them, named `…#1` and `…#2`. */
export interface Recording {
  readonly name: string
  readonly release: string
  readonly argv: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  /** `/dev/null`, `terminal`, or a pipe with what was written to it. */
  readonly stdin: string
  /** What of stdout and stderr was a terminal. */
  readonly streams: string
  readonly stdout: string
  readonly stderr: string
  /** The signal's name when it was killed. */
  readonly exit: number | string
  /** Files in the working folder afterwards, and which of them were empty; undefined where that was not recorded. */
  readonly files: Readonly<Record<string, {readonly empty: boolean}>> | undefined
  /** undefined where it was not recorded. */
  readonly after: RecordedState | undefined
}

export interface RecordedState {
  readonly power: 'on' | 'off'
  readonly flag: boolean | undefined
  readonly snapshots: number
  /** `label | scheme | host | path | query`, sorted. */
  readonly stores: readonly string[]
}

/** All recordings, by name; none where the folder is not there. */
export function readRecordings(): Recording[] {
  if (NO_RECORDINGS !== undefined) return []
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith('.txt'))
    .sort()
    .flatMap((file) => recordingsOf(file.slice(0, -'.txt'.length), readFileSync(join(FOLDER, file), 'utf8')))
}

function recordingsOf(name: string, text: string): Recording[] {
  const head = text.slice(0, text.search(/^-----/m))
  const value = (title: string) => new RegExp(`^${title}: (.*)$`, 'm').exec(head)?.[1] ?? ''
  const common = {
    release: value('source tag').replace(/^v/, ''),
    after: stateOf(text),
    environment: environmentOf(head),
  }
  const processes = [...text.matchAll(/^process (\d) argv: (.*)$/gm)]
  if (processes.length > 0) {
    return processes.map(([, number, argv = '']) => ({
      ...common,
      name: `${name}#${number}`,
      argv: argv.split(' '),
      stdin: '/dev/null',
      streams: 'two pipes',
      stdout: section(text, `process ${number} stdout`),
      stderr: section(text, `process ${number} stderr`),
      exit: Number(new RegExp(`^process ${number} exit code: (\\d+)$`, 'm').exec(text)?.[1]),
      files: undefined,
    }))
  }
  const signal = /^exit: killed by signal \d+ \((\w+)\)$/m.exec(head)?.[1]
  return [
    {
      ...common,
      name,
      argv: indented(head, 'argv'),
      stdin: value('stdin'),
      streams: value('stdout and stderr'),
      stdout: section(text, 'stdout') || section(text, 'terminal output'),
      stderr: section(text, 'stderr'),
      exit: signal ?? Number(value('exit code')),
      files: filesOf(value('files in the working folder afterwards')),
    },
  ]
}

function indented(head: string, title: string): string[] {
  return (new RegExp(`^${title}:\\n((?: {2}.*\\n)*)`, 'm').exec(head)?.[1] ?? '')
    .split('\n')
    .slice(0, -1)
    .map((line) => line.slice(2))
}

function environmentOf(head: string): Record<string, string> {
  const variables = indented(head, 'environment').filter((line) => line.startsWith('VIC_MACHINE_'))
  return Object.fromEntries(variables.map((line) => line.split(/=(.*)/s, 2) as [string, string]))
}

function filesOf(text: string): Recording['files'] {
  if (text === '') return undefined
  const files = [...text.matchAll(/([\w.-]+) \(mode \d+, (\d+) bytes\)/g)]
  return Object.fromEntries(files.map(([, name = '', size]) => [name, {empty: size === '0'}]))
}

/** Text between the heading that starts so and the next heading. */
function section(text: string, heading: string): string {
  const start = new RegExp(`^----- ${heading}(?: \\(.*\\))? -----\\n`, 'm').exec(text)
  if (start === null) return ''
  const rest = text.slice(start.index + start[0].length)
  const end = /^(?:----- (?:process \d |stdout|stderr|vic-machine\.log|simulated|end)|process \d argv)/m.exec(rest)
  return end === null ? rest : rest.slice(0, end.index)
}

function stateOf(text: string): RecordedState | undefined {
  const after = section(text, 'simulated vCenter afterwards')
  const vch = /^VCH .*: powered(On|Off); UpdateInProgress=(\S+)$/m.exec(after)
  if (vch === null) return undefined
  const stores = [...after.matchAll(/^ {2}volume store (.*): Scheme=(\w+) Host=(.*) Path=(.*) RawQuery=(.*)$/gm)]
  return {
    power: vch[1] === 'On' ? 'on' : 'off',
    flag: vch[2] === '(unset)' ? undefined : vch[2] === 'true',
    snapshots: [...(/^snapshots of .*$/m.exec(after)?.[0] ?? '').matchAll(/"[^"]+"/g)].length,
    stores: stores
      .map(([, label, scheme, host, place = '', query]) =>
        [label, scheme, host, place.replace(/^\[.*?\] /, ''), query === '<nil>' ? '' : query].join(' | '),
      )
      .sort(),
  }
}
