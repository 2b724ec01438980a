import {existsSync, readdirSync, readFileSync} from 'node:fs'
import {join, resolve} from 'node:path'
import {fileURLToPath} from 'node:url'

/** One recorded run of vic-machine. */
export interface Recording {
  readonly name: string
  readonly argv: readonly string[]
  readonly stdout: string
  readonly stderr: string
  /** undefined when it was killed by a signal. */
  readonly exitCode: number | undefined
}

const FOLDER = resolve(fileURLToPath(new URL('../../..', import.meta.url)), '../shared/vic-machine-transcripts')

/** Why recordings cannot be read here; undefined when they can. */
export const NO_RECORDINGS = existsSync(FOLDER) ? undefined : `there are no recordings in ${FOLDER}`

/** Recordings of one process, by name; those of a terminal have their output in `stdout`. */
export function readRecordings(): Recording[] {
  if (NO_RECORDINGS !== undefined) return []
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith('.txt'))
    .sort()
    .flatMap((file) => recordingsOf(file.slice(0, -'.txt'.length), readFileSync(join(FOLDER, file), 'utf8')))
}

function recordingsOf(name: string, text: string): Recording[] {
  const processes = [...text.matchAll(/^process (\d) argv: (.*)$/gm)]
  if (processes.length > 0) {
    return processes.map(([, number, argv = '']) => ({
      name: `${name}#${number}`,
      argv: argv.split(' '),
      stdout: section(text, `process ${number} stdout`),
      stderr: section(text, `process ${number} stderr`),
      exitCode: exitCodeOf(new RegExp(`^process ${number} exit code: (\\d+)$`, 'm').exec(text)),
    }))
  }
  const argv = /^argv:\n((?: {2}.*\n)*)/m.exec(text)?.[1]?.split('\n') ?? []
  return [
    {
      name,
      argv: argv.slice(0, -1).map((line) => line.slice(2)),
      stdout: section(text, 'stdout') + section(text, 'terminal output') + section(text, 'stdout (escape'),
      stderr: section(text, 'stderr'),
      exitCode: exitCodeOf(/^exit code: (\d+)$/m.exec(text)),
    },
  ]
}

/** Text between the heading that starts so and the next heading of the recording. */
function section(text: string, heading: string): string {
  const start = new RegExp(`^----- ${heading.replaceAll('(', '\\(')}(?: \\(.*\\))?.* -----\\n`, 'm')
  const from = start.exec(text)
  if (from === null || (heading === 'stdout' && from[0].includes('escape'))) return ''
  const rest = text.slice(from.index + from[0].length)
  const end = /^(?:-----(?: process \d)? (?:stdout|stderr|vic-machine\.log|simulated|end)|process \d argv)/m.exec(rest)
  return end === null ? rest : rest.slice(0, end.index)
}

function exitCodeOf(match: RegExpExecArray | null): number | undefined {
  return match?.[1] === undefined ? undefined : Number(match[1])
}
