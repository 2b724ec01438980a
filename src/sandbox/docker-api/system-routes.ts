import {once} from 'node:events'
import type {ContainerEvent} from '../containers/container-events.js'
import {sendJson, type ApiCall} from './api-call.js'
import type {ApiContext} from './api-context.js'
import {readFilters} from './list-filters.js'
import type {Route} from './routes.js'
import {infoDocument, versionDocument} from './vch-info.js'

function ping(_context: ApiContext, call: ApiCall): void {
  call.response.writeHead(200, {'Content-Type': 'text/plain; charset=utf-8'})
  call.response.end('OK')
}

/** Which events a client asked for; VIC has container and image events only, the sandbox container events. */
function eventFilter(query: URLSearchParams): (event: ContainerEvent) => boolean {
  const filters = readFilters(query)
  const any = (key: string, matches: (value: string) => boolean): boolean => {
    const values = filters.get(key)
    return values === undefined || values.some(matches)
  }
  return (event) =>
    any('type', (value) => value === event.Type) &&
    any('event', (value) => value === event.Action) &&
    any('image', (value) => value === event.from) &&
    any('container', (value) => event.id.startsWith(value) || event.Actor.Attributes['name'] === value) &&
    any('label', (value) => {
      const [key = '', wanted] = value.split('=')
      const found = event.Actor.Attributes[key]
      return wanted === undefined ? found !== undefined : found === wanted
    })
}

/** A time of the query, seconds with a fraction, in whole milliseconds: fractions do not compare exactly. */
function millisecondsOf(text: string | null): number | undefined {
  return text === null || text === '' ? undefined : Math.round(Number(text) * 1000)
}

async function events(context: ApiContext, call: ApiCall): Promise<void> {
  const wanted = eventFilter(call.query)
  const sinceMs = millisecondsOf(call.query.get('since'))
  const untilMs = millisecondsOf(call.query.get('until'))
  const {response} = call
  response.writeHead(200, {'Content-Type': 'application/json'})
  response.flushHeaders()
  const send = (event: ContainerEvent): void => {
    if (wanted(event)) response.write(`${JSON.stringify(event)}\n`)
  }
  const source = context.containers.context.events
  const isAsked = ({timeNano}: ContainerEvent, fromMs: number): boolean => {
    const atMs = Math.round(timeNano / 1e6)
    return atMs >= fromMs && (untilMs === undefined || atMs <= untilMs)
  }
  if (sinceMs !== undefined)
    source
      .recent()
      .filter((event) => isAsked(event, sinceMs))
      .forEach(send)
  const unsubscribe = source.subscribe(send)
  try {
    const leftMs = untilMs === undefined ? undefined : Math.max(0, untilMs - Date.now())
    const ends = [context.closing, ...(leftMs === undefined ? [] : [AbortSignal.timeout(leftMs)])]
    await once(response, 'close', {signal: AbortSignal.any(ends)}).catch(() => undefined)
  } finally {
    unsubscribe()
    response.end()
  }
}

async function auth(_context: ApiContext, call: ApiCall): Promise<void> {
  await call.body()
  sendJson(call, 200, {Status: 'Login Succeeded', IdentityToken: ''})
}

export const SYSTEM_ROUTES: readonly Route[] = [
  ['GET', /^\/_ping$/, ping],
  ['GET', /^\/version$/, (context, call) => sendJson(call, 200, versionDocument(context.store.state.vicVersion))],
  ['GET', /^\/info$/, (context, call) => sendJson(call, 200, infoDocument(context))],
  ['GET', /^\/events$/, events],
  ['POST', /^\/auth$/, auth],
]
