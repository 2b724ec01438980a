import type {ChildProcess} from 'node:child_process'
import {once} from 'node:events'
import {createExec, startExec, type ExecSession} from '../containers/exec-session.js'
import {flagField, textField, textsField} from '../containers/json-fields.js'
import type {OutputStream} from '../containers/container-log.js'
import {VchError} from '../containers/vch-error.js'
import {vicBehaviour} from '../containers/vic-behaviour.js'
import {sendEmpty, sendJson, type ApiCall} from './api-call.js'
import type {ApiContext} from './api-context.js'
import type {Route} from './routes.js'
import {frame, terminalText} from './stream-frames.js'

function needExec(context: ApiContext, call: ApiCall): ExecSession {
  const [id = ''] = call.params
  const session = context.execs.get(id)
  if (session === undefined) throw new VchError(404, `No such exec instance: ${id}`)
  return session
}

async function create(context: ApiContext, call: ApiCall): Promise<void> {
  if (!vicBehaviour(context.store.state.vicVersion).exec) {
    throw new VchError(500, 'vSphere Integrated Containers does not yet implement ContainerExecCreate')
  }
  const body = await call.body()
  const record = context.containers.need(call.params[0] ?? '')
  const command = textsField(body, 'Cmd')
  if (command.length === 0) throw new VchError(500, 'No exec command specified')
  const session = createExec(record, {
    command,
    env: textsField(body, 'Env'),
    workingDir: textField(body, 'WorkingDir'),
    user: textField(body, 'User'),
    tty: flagField(body, 'Tty'),
    attachStdin: flagField(body, 'AttachStdin'),
  })
  context.execs.set(session.id, session)
  context.containers.context.events.emit(`exec_create: ${command.join(' ')}`, record, {execID: session.id})
  sendJson(call, 201, {Id: session.id})
}

async function start(context: ApiContext, call: ApiCall): Promise<void> {
  const session = needExec(context, call)
  const body = await call.body()
  if (session.process !== undefined) throw new VchError(409, `Error: Exec command ${session.id} has already run`)
  const child = startExec(context.containers.context, session)
  context.containers.context.events.emit(`exec_start: ${session.request.command.join(' ')}`, session.container, {
    execID: session.id,
  })
  if (flagField(body, 'Detach')) {
    child.stdout?.resume()
    child.stderr?.resume()
    child.stdin?.end()
    sendEmpty(call, 200)
    return
  }
  const stream = call.hijack()
  pipeOutput(child, stream, session.request.tty)
  if (child.stdin === null) stream.resume()
  else stream.pipe(child.stdin)
  // The exit code is asked for as soon as the stream has ended, so it ends after the process.
  await once(child, 'close')
  stream.end()
}

function pipeOutput(child: ChildProcess, stream: NodeJS.WritableStream, tty: boolean): void {
  const from = (name: OutputStream): void => {
    child[name]?.on('data', (data: Buffer) => stream.write(tty ? terminalText(data) : frame(name, data)))
  }
  from('stdout')
  from('stderr')
}

function inspect(context: ApiContext, call: ApiCall): void {
  const session = needExec(context, call)
  const {request, container} = session
  const [entrypoint = '', ...args] = request.command
  sendJson(call, 200, {
    ID: session.id,
    Running: session.running,
    ExitCode: session.exitCode ?? null,
    ProcessConfig: {tty: request.tty, entrypoint, arguments: args, privileged: false, user: request.user},
    OpenStdin: request.attachStdin,
    OpenStderr: true,
    OpenStdout: true,
    CanRemove: false,
    ContainerID: container.id,
    DetachKeys: '',
    Pid: 0,
  })
}

function resize(context: ApiContext, call: ApiCall): void {
  needExec(context, call)
  sendEmpty(call, 200)
}

export const EXEC_ROUTES: readonly Route[] = [
  ['POST', /^\/containers\/([^/]+)\/exec$/, create],
  ['POST', /^\/exec\/([^/]+)\/start$/, start],
  ['POST', /^\/exec\/([^/]+)\/resize$/, resize],
  ['GET', /^\/exec\/([^/]+)\/json$/, inspect],
]
