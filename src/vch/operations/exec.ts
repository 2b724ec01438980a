import type Docker from 'dockerode'
import {setTimeout as pause} from 'node:timers/promises'
import {VicnfsError} from '../../model/vicnfs-error.js'
import type {Door} from '../door/door.js'
import {getJson, pathPart, withQuery} from '../door/request.js'
import {isMissing, readFailure, type ApiFailure} from '../failures/api-failure.js'
import {missingContainer, shortId} from '../failures/container-error.js'
import type {CallOptions, ExecResult} from '../vch-api.js'
import {separated} from './stream-frames.js'

/** Each exec reconfigures the container VM, and conflicts are retried inside VIC (facts/vch-docker-api.md § 3.7). */
const EXEC_LIMIT_MS = 120_000
/** Of both streams together, frame headers included; the rest is read and dropped. */
const MAX_OUTPUT_BYTES = 1_048_576
/** Between two looks at an exec whose output has ended but which still counts as running. */
const PAUSE_MS = 100

/**
 * Runs a command beside the main process of a running container, without standard input. VIC has it since 1.2.
 * @returns exit code and at most one MiB of output; exit code 126 or 127 for a command that cannot be launched
 * @throws VN-VCH-CONTAINER-STOPPED, VN-VCH-CONTAINER-MISSING, VN-VCH-UNSUPPORTED
 */
export async function execInContainer(
  door: Door,
  container: string,
  {command, ...options}: CallOptions & {readonly command: readonly string[]},
): Promise<ExecResult> {
  const kind = {
    doing: `run ${command[0] ?? 'nothing'} in container ${shortId(container)}`,
    limitMs: EXEC_LIMIT_MS,
    explain: (failure: ApiFailure) => explainExec(failure, container),
  }
  return door.call(kind, options, async (docker, signal) => {
    const body = {AttachStdin: false, AttachStdout: true, AttachStderr: true, Tty: false, Cmd: [...command]}
    const exec = await docker.getContainer(pathPart(container)).exec(withQuery({}, body, signal))
    try {
      const output = await outputOf(exec, signal)
      return {exitCode: await exitCodeOf(docker, exec.id, signal), ...output}
    } catch (error) {
      return await neverLaunched(error, docker, {id: exec.id, signal})
    }
  })
}

async function outputOf(exec: Docker.Exec, signal: AbortSignal): Promise<Omit<ExecResult, 'exitCode'>> {
  // Not hijacked: with nothing to send, a plain answer is all that is needed, and any proxy lets it through.
  const stream = await exec.start(withQuery({}, {Detach: false, Tty: false}, signal))
  const cut = (): void => void stream.destroy(signal.reason as Error)
  signal.addEventListener('abort', cut, {once: true})
  try {
    const {stdout, stderr} = separated(await firstBytes(stream))
    return {stdout: stdout.toString('utf8'), stderr: stderr.toString('utf8')}
  } finally {
    signal.removeEventListener('abort', cut)
  }
}

async function firstBytes(stream: AsyncIterable<unknown>): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of stream) {
    const part = (chunk as Buffer).subarray(0, MAX_OUTPUT_BYTES - size)
    size += part.length
    if (part.length > 0) chunks.push(part)
  }
  return Buffer.concat(chunks)
}

interface RawExec {
  readonly Running?: unknown
  readonly ExitCode?: unknown
}

/** Output may end a moment before the exec is seen to have ended. */
async function exitCodeOf(docker: Docker, id: string, signal: AbortSignal): Promise<number> {
  for (;;) {
    const {Running, ExitCode} = (await getJson(docker, `/exec/${pathPart(id)}/json`, signal)) as RawExec
    if (Running !== true && typeof ExitCode === 'number') return ExitCode
    await pause(PAUSE_MS, undefined, {signal})
  }
}

/** A command that is not there is an error of the start for the API, and an exit code for whoever asked. */
async function neverLaunched(
  error: unknown,
  docker: Docker,
  {id, signal}: {readonly id: string; readonly signal: AbortSignal},
): Promise<ExecResult> {
  const failure = readFailure(error)
  if (failure === undefined || isStopped(failure)) throw error
  const {ExitCode} = ((await getJson(docker, `/exec/${pathPart(id)}/json`, signal).catch(() => undefined)) ??
    {}) as RawExec
  if (typeof ExitCode !== 'number' || ExitCode === 0) throw error
  return {exitCode: ExitCode, stdout: '', stderr: failure.message}
}

const isStopped = ({message}: ApiFailure): boolean => /is not running/i.test(message)

function explainExec(failure: ApiFailure, container: string): VicnfsError | undefined {
  if (isMissing(failure)) return missingContainer(container)
  if (!isStopped(failure)) return undefined
  return new VicnfsError('VN-VCH-CONTAINER-STOPPED', `Container ${shortId(container)} is not running.`, {
    details: {container},
  })
}
