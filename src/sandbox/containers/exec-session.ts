import {spawn, type ChildProcess} from 'node:child_process'
import {randomBytes} from 'node:crypto'
import type {ContainerRecord} from '../state/sandbox-state.js'
import {guardCommand} from './command-guard.js'
import {exitCodeOf, resolveCommand} from './container-process.js'
import {runtimeOf, type HostContext} from './host-context.js'
import {environmentOf, workingDirectoryOf} from './launch-command.js'
import {placeMark} from './marked-processes.js'
import {signalProcess} from './process-identity.js'
import {isShareCheck, shareCheckCommand} from './share-check-command.js'
import {portLayerError} from './vch-error.js'

export interface ExecRequest {
  readonly command: readonly string[]
  readonly env: readonly string[]
  readonly workingDir: string
  readonly user: string
  readonly tty: boolean
  readonly attachStdin: boolean
}

/** One `docker exec`; `exitCode` is undefined until it has ended. */
export interface ExecSession {
  readonly id: string
  readonly container: ContainerRecord
  readonly request: ExecRequest
  running: boolean
  exitCode: number | undefined
  process?: ChildProcess
}

/** Exit code of a command that could not be launched. */
const NOT_LAUNCHED = 126

/** @throws VchError 500 when the container does not run */
export function createExec(container: ContainerRecord, request: ExecRequest): ExecSession {
  if (container.power !== 'running') throw portLayerError(`container (${container.name}) is not running`)
  return {id: randomBytes(32).toString('hex'), container, request, running: false, exitCode: undefined}
}

/** Starts the command beside the main process, in the same folders; it ends with the container. @throws VchError */
export function startExec(host: HostContext, session: ExecSession): ChildProcess {
  const {container, request} = session
  try {
    const runtime = runtimeOf(host, container.id)
    if (runtime.process === undefined) throw portLayerError(`container (${container.name}) is not running`)
    guardCommand(request.command, container.mounts)
    const env = environmentOf(host, container, request.env)
    const cwd = workingDirectoryOf(host, container, {directories: runtime.directories, location: request.workingDir})
    const asked = request.command
    const command = isShareCheck(container, asked) ? shareCheckCommand(host, container, asked) : asked
    const file = resolveCommand(command[0] ?? '', {cwd, env})
    const child = spawn(file, command.slice(1), {
      cwd,
      env: {...env, ...placeMark(host.store.containerDirectory(container.id))},
      detached: true,
      stdio: [request.attachStdin ? 'pipe' : 'ignore', 'pipe', 'pipe'],
    })
    child.on('error', () => undefined)
    child.stdin?.on('error', () => undefined)
    session.process = child
    session.running = true
    const end = (): void => {
      if (child.pid !== undefined) signalProcess(child.pid, 'SIGKILL', {group: true})
    }
    runtime.endWaiters.add(end)
    void exitCodeOf(child).then((code) => {
      runtime.endWaiters.delete(end)
      session.running = false
      session.exitCode = code
    })
    return child
  } catch (error) {
    session.exitCode = NOT_LAUNCHED
    throw error
  }
}
