import {readSignal} from '../containers/stop-container.js'
import {portLayerError, VchError} from '../containers/vch-error.js'
import {vicBehaviour} from '../containers/vic-behaviour.js'
import {queryFlag, refuseStartBody, sendEmpty, sendJson, type ApiCall} from './api-call.js'
import type {ApiContext} from './api-context.js'
import {attach} from './container-attach.js'
import {CONTAINER_NAME, createContainer} from './container-create.js'
import {inspectDocument} from './container-inspect.js'
import {listContainers} from './container-list.js'
import {sendLogs} from './container-logs.js'
import type {Route} from './routes.js'

async function create(context: ApiContext, call: ApiCall): Promise<void> {
  const record = await createContainer(context, call.query.get('name') ?? '', await call.body())
  sendJson(call, 201, {Id: record.id, Warnings: null})
}

async function start(context: ApiContext, call: ApiCall): Promise<void> {
  refuseStartBody(call)
  await context.containers.start(context.containers.need(call.params[0] ?? ''))
  sendEmpty(call, 204)
}

function graceOf(call: ApiCall): number | undefined {
  const text = call.query.get('t')
  return text === null || text === '' ? undefined : Number(text)
}

async function stop(context: ApiContext, call: ApiCall): Promise<void> {
  await context.containers.stop(context.containers.need(call.params[0] ?? ''), graceOf(call))
  sendEmpty(call, 204)
}

async function restart(context: ApiContext, call: ApiCall): Promise<void> {
  await context.containers.restart(context.containers.need(call.params[0] ?? ''), graceOf(call))
  sendEmpty(call, 204)
}

function kill(context: ApiContext, call: ApiCall): void {
  const [wanted = ''] = call.params
  const record = context.containers.find(wanted)
  if (record === undefined) throw new VchError(404, `Cannot kill container ${wanted}: No such container: ${wanted}`)
  context.containers.kill(record, readSignal(call.query.get('signal') || 'KILL'))
  sendEmpty(call, 204)
}

/** @throws VchError 500 */
function checkedName(name: string): string {
  if (name === '') throw new VchError(500, 'Neither old nor new names may be empty')
  if (!CONTAINER_NAME.test(name)) {
    throw new VchError(500, `Invalid container name (${name}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed`)
  }
  return name
}

function rename(context: ApiContext, call: ApiCall): void {
  const record = context.containers.need(call.params[0] ?? '')
  const name = checkedName((call.query.get('name') ?? '').replace(/^\//, ''))
  const holder = context.store.state.containers.find((one) => one.name === name)
  if (holder === record) throw new VchError(500, 'Renaming a container with the same name as its current name')
  if (holder !== undefined)
    throw new VchError(
      409,
      `conflict. The name "${name}" is already in use by container ${holder.id}. You have to remove (or rename) that container to be able to re use that name.`,
    )
  context.store.update(() => void (record.name = name))
  context.containers.context.events.emit('rename', record)
  sendEmpty(call, 204)
}

/** The port layer gives up waiting after three minutes (a knob), also for a container that was never started. */
async function wait(context: ApiContext, call: ApiCall): Promise<void> {
  const record = context.containers.need(call.params[0] ?? '')
  const limit = AbortSignal.timeout(context.store.state.knobs.waitLimitMs)
  try {
    const code = await context.containers.whenEnded(record, AbortSignal.any([limit, context.closing]))
    sendJson(call, 200, {StatusCode: code})
  } catch (error) {
    if (!limit.aborted) throw error
    throw portLayerError(`ContainerWaitHandler(${record.id}) Error: context deadline exceeded`)
  }
}

async function remove(context: ApiContext, call: ApiCall): Promise<void> {
  const record = context.containers.need(call.params[0] ?? '')
  const {removesAnonymousVolumes} = vicBehaviour(context.store.state.vicVersion)
  const volumes = queryFlag(call.query, 'v') && removesAnonymousVolumes
  await context.containers.remove(record, {force: queryFlag(call.query, 'force'), volumes})
  sendEmpty(call, 204)
}

function resize(context: ApiContext, call: ApiCall): void {
  context.containers.need(call.params[0] ?? '')
  sendEmpty(call, 200)
}

function inspect(context: ApiContext, call: ApiCall): void {
  sendJson(call, 200, inspectDocument(context, context.containers.need(call.params[0] ?? '')))
}

export const CONTAINER_ROUTES: readonly Route[] = [
  ['POST', /^\/containers\/create$/, create],
  ['GET', /^\/containers\/json$/, (context, call) => sendJson(call, 200, listContainers(context, call.query))],
  ['GET', /^\/containers\/([^/]+)\/json$/, inspect],
  ['POST', /^\/containers\/([^/]+)\/start$/, start],
  ['POST', /^\/containers\/([^/]+)\/stop$/, stop],
  ['POST', /^\/containers\/([^/]+)\/restart$/, restart],
  ['POST', /^\/containers\/([^/]+)\/kill$/, kill],
  ['POST', /^\/containers\/([^/]+)\/rename$/, rename],
  ['POST', /^\/containers\/([^/]+)\/wait$/, wait],
  ['POST', /^\/containers\/([^/]+)\/resize$/, resize],
  ['POST', /^\/containers\/([^/]+)\/attach$/, attach],
  ['GET', /^\/containers\/([^/]+)\/logs$/, sendLogs],
  ['DELETE', /^\/containers\/([^/]+)$/, remove],
]
