import {spawn} from 'node:child_process'

export interface ProgramOptions {
  /** The whole environment; nothing of this process's own gets in. */
  readonly env: Readonly<Record<string, string>>
  readonly cwd?: string
  /** Text on stdin; without it stdin is empty. */
  readonly stdin?: string
  /** Then it is killed, and `exitCode` is null: for what hangs. Five minutes by default. */
  readonly timeoutMs?: number
}

export interface Ended {
  readonly exitCode: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Less than a test may take, so that it is the program that is named. */
const TIMEOUT_MS = 300_000

/** Runs a program to its end, whatever the end is. @throws Error when it cannot be started */
export function runProgram(program: string, args: readonly string[], options: ProgramOptions): Promise<Ended> {
  const {stdin = '', timeoutMs = TIMEOUT_MS, ...rest} = options
  const child = spawn(program, args, {...rest, timeout: timeoutMs, killSignal: 'SIGKILL'})
  const output = {stdout: '', stderr: ''}
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text))
  child.stdin.on('error', () => undefined).end(stdin)
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (exitCode) => resolve({exitCode, ...output}))
  })
}

/**
 * Runs a program that does not end by itself until its stdout satisfies `enough`, and ends it then.
 * @returns its stdout
 * @throws Error when it ends before
 */
export function runUntil(
  program: string,
  args: readonly string[],
  options: ProgramOptions & {readonly enough: (stdout: string) => boolean},
): Promise<string> {
  const {enough, stdin: _stdin, timeoutMs = TIMEOUT_MS, ...rest} = options
  const child = spawn(program, args, {
    ...rest,
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let stdout = ''
  return new Promise((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text
      if (enough(stdout)) child.kill()
    })
    child.once('error', reject)
    child.once('close', () => {
      if (enough(stdout)) resolve(stdout)
      else reject(new Error(`${program} ${args.join(' ')} ended, having said only: ${stdout}`))
    })
  })
}
