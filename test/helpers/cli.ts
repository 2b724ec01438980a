import {captureOutput} from '@oclif/test'
import {run, settings} from '@oclif/core'
import {spawn, type ChildProcess} from 'node:child_process'
import {Readable} from 'node:stream'
import {fileURLToPath} from 'node:url'

import {loadSourceConfig} from '../../scripts/source-config.js'
import {recordPrinted} from './reached-codes/record.js'

export interface CliOptions {
  /** Added to this process's environment; undefined takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Text on stdin; without it stdin is empty and no terminal. */
  readonly stdin?: string
}

export interface CliResult {
  readonly stdout: string
  readonly stderr: string
  readonly exitCode: number
  /** The document on stdout; throws when stdout is not exactly one. */
  readonly json: unknown
}

/** The CLI in this process, from the TypeScript sources. */
export async function runCli(argv: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  settings.enableAutoTranspile = false
  const restore = replaceProcessState(options)
  try {
    const captured = await captureOutput(async () => run([...argv], await loadSourceConfig()))
    const {error} = captured as {error?: Error & {oclif?: {exit?: number}}}
    const exitCode = Number(process.exitCode ?? error?.oclif?.exit ?? (error === undefined ? 0 : 1))
    return resultOf(captured.stdout, captured.stderr, exitCode)
  } finally {
    restore()
  }
}

/** Environment, stdin and exit code of this process; an exit code left behind would make jest itself fail. */
function replaceProcessState(options: CliOptions): () => void {
  const {exitCode, env} = process
  const stdin = Object.getOwnPropertyDescriptor(process, 'stdin')
  process.exitCode = undefined
  process.env = withoutUndefined({...env, ...options.env})
  Object.defineProperty(process, 'stdin', {value: Readable.from([options.stdin ?? '']), configurable: true})
  return () => {
    process.exitCode = exitCode
    process.env = env
    if (stdin !== undefined) Object.defineProperty(process, 'stdin', stdin)
  }
}

export interface RunningCli {
  readonly child: ChildProcess
  readonly finished: Promise<CliResult & {readonly signal: NodeJS.Signals | null}>
}

const RUN_JS = fileURLToPath(new URL('../../bin/run.js', import.meta.url))

/** Starts bin/run.js from dist as a process of its own. */
export function startCli(argv: readonly string[], options: CliOptions = {}): RunningCli {
  const env = withoutUndefined({...process.env, ...options.env})
  const child = spawn(process.execPath, [RUN_JS, ...argv], {env, stdio: ['pipe', 'pipe', 'pipe']})
  const output = {stdout: '', stderr: ''}
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text))
  child.stdin.on('error', () => undefined).end(options.stdin ?? '')
  const finished = new Promise<Awaited<RunningCli['finished']>>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => {
      const {stdout, stderr} = output
      resolve(Object.assign(resultOf(stdout, stderr, code ?? 128), {signal}))
    })
  })
  return {child, finished}
}

/** bin/run.js from dist as a process, to its end. */
export function spawnCli(argv: readonly string[], options: CliOptions = {}): RunningCli['finished'] {
  return startCli(argv, options).finished
}

function resultOf(stdout: string, stderr: string, exitCode: number): CliResult {
  recordPrinted({stdout, stderr})
  return {
    stdout,
    stderr,
    exitCode,
    get json(): unknown {
      try {
        return JSON.parse(stdout) as unknown
      } catch (error) {
        throw new Error(`stdout is not one JSON document: ${stdout}\nstderr: ${stderr}`, {cause: error})
      }
    },
  }
}

function withoutUndefined(values: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Record<string, string>
}
