import {execFile} from 'node:child_process'

import {VicnfsError} from '../../model/vicnfs-error.js'

export interface ToolOptions {
  readonly signal?: AbortSignal | undefined
  readonly cwd?: string
  /** Ten minutes by default: some fetch packages. */
  readonly timeoutMs?: number
}

export interface ToolEnd {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

const TIMEOUT_MS = 600_000
const MAX_OUTPUT_BYTES = 16 * 1024 * 1024
const ENVIRONMENT = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  LC_ALL: 'C',
  DEBIAN_FRONTEND: 'noninteractive',
}

/**
 * Runs a program of the system to its end, whatever its exit code.
 * @throws VN-SANDBOX-VM-TOOL when it is not there or takes too long; the signal's reason when aborted
 */
export function toolEnd(program: string, args: readonly string[], options: ToolOptions = {}): Promise<ToolEnd> {
  const {signal, cwd, timeoutMs = TIMEOUT_MS} = options
  const settings = {
    env: ENVIRONMENT,
    timeout: timeoutMs,
    maxBuffer: MAX_OUTPUT_BYTES,
    ...(cwd === undefined ? {} : {cwd}),
    ...(signal === undefined ? {} : {signal}),
  }
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted()
    execFile(program, args, settings, (error, stdout, stderr) => {
      if (error === null) resolve({exitCode: 0, stdout, stderr})
      else if (signal?.aborted === true) reject(signal.reason as Error)
      else if (typeof error.code === 'number') resolve({exitCode: error.code, stdout, stderr})
      else reject(failure({program, args, said: error.message}, error))
    })
  })
}

/**
 * Runs a program of the system that has to succeed.
 * @returns its stdout
 * @throws VN-SANDBOX-VM-TOOL when it is not there, fails, or takes too long; the signal's reason when aborted
 */
export async function runTool(program: string, args: readonly string[], options: ToolOptions = {}): Promise<string> {
  const {exitCode, stdout, stderr} = await toolEnd(program, args, options)
  if (exitCode === 0) return stdout
  throw failure({program, args, said: stderr.trim() || `exit code ${exitCode}`})
}

interface Failed {
  readonly program: string
  readonly args: readonly string[]
  readonly said: string
}

function failure({program, args, said}: Failed, cause?: Error): VicnfsError {
  const what = {reason: said, details: {program, args}, cause}
  return new VicnfsError('VN-SANDBOX-VM-TOOL', `The program ${program}, which container VMs need, failed.`, what)
}
