import http, {type IncomingMessage} from 'node:http'
import {Socket} from 'node:net'
import type {Duplex} from 'node:stream'
import {messageOf} from '../../model/vicnfs-error.js'
import {VchError} from '../containers/vch-error.js'
import {collect, parseBody, type ApiCall} from './api-call.js'
import type {ApiContext, DockerApiDeps} from './api-context.js'
import {checkHost} from './host-header.js'
import {createListener, type ListenPlace} from './listener.js'
import {findRoute} from './routes.js'
import {readUpgradedBody} from './upgraded-request.js'

export interface DockerApi {
  /** @throws Error when its place cannot be had */
  listen(): Promise<void>
  /** From now on connections are refused; open ones end. */
  close(): Promise<void>
}

const MIN_VERSION = [1, 19] as const
const JSON_ERRORS_AFTER = [1, 23] as const
const PERSONALITY_HEADERS = {Server: 'Docker/1.25 (linux)', 'API-Version': '1.25'} as const

type Version = readonly [number, number]

function compare(left: Version, right: Version): number {
  return left[0] - right[0] || left[1] - right[1]
}

interface Target {
  readonly path: string
  readonly version: Version | undefined
  readonly query: URLSearchParams
}

/** @throws TypeError for what is no URL */
function readTarget(url: string): Target {
  // `//x/info` would be taken for the host x when it is resolved as a reference.
  const {pathname, searchParams} = url.startsWith('/') ? new URL(`http://vch${url}`) : new URL(url, 'http://vch')
  const match = /^\/v(\d+)\.(\d+)(\/.*)$/.exec(pathname)
  if (match === null) return {path: pathname, version: undefined, query: searchParams}
  return {path: match[3] ?? '/', version: [Number(match[1]), Number(match[2])], query: searchParams}
}

/** Errors are JSON unless the path asks for a version up to 1.23 (facts/vch-docker-api.md § 1.1). */
function sendError(call: ApiCall, version: Version | undefined, error: unknown): void {
  const {response} = call
  if (response.headersSent || response.writableEnded) {
    response.destroy()
    return
  }
  const status = error instanceof VchError ? error.status : 500
  const message = messageOf(error)
  const json = version === undefined || compare(version, JSON_ERRORS_AFTER) > 0
  response.writeHead(status, {'Content-Type': json ? 'application/json' : 'text/plain; charset=utf-8'})
  response.end(json ? `${JSON.stringify({message})}\n` : `${message}\n`)
}

type Exchange = Pick<ApiCall, 'request' | 'response' | 'body' | 'hijack'>

async function serve(context: ApiContext, exchange: Exchange): Promise<void> {
  let version: Version | undefined
  const unrouted: ApiCall = {...exchange, params: [], query: new URLSearchParams()}
  try {
    checkHost(exchange.request, context.onlyHost)
    const target = readUrl(exchange.request.url ?? '/')
    const found = findRoute(exchange.request.method ?? 'GET', target.path)
    if (found === undefined) throw new VchError(404, 'page not found')
    version = target.version
    for (const [name, value] of Object.entries(PERSONALITY_HEADERS)) exchange.response.setHeader(name, value)
    checkVersion(version)
    await found.handle(context, {...exchange, params: found.params, query: target.query})
  } catch (error) {
    sendError(unrouted, version, error)
  }
}

/** @throws VchError 400 */
function readUrl(url: string): Target {
  try {
    return readTarget(url)
  } catch {
    throw new VchError(400, `invalid URL: ${url}`)
  }
}

/** @throws VchError 400 */
function checkVersion(version: Version | undefined): void {
  if (version === undefined || compare(version, MIN_VERSION) >= 0) return
  throw new VchError(
    400,
    `client version ${version.join('.')} is too old. Minimum supported API version is 1.19, please upgrade your client to a newer version`,
  )
}

function rawHead(status: string): string {
  const {Server, 'API-Version': version} = PERSONALITY_HEADERS
  const connection = status.startsWith('101') ? 'Connection: Upgrade\r\nUpgrade: tcp\r\n' : 'Connection: close\r\n'
  return `HTTP/1.1 ${status}\r\nContent-Type: application/vnd.docker.raw-stream\r\nServer: ${Server}\r\nAPI-Version: ${version}\r\n${connection}\r\n`
}

function plainExchange(request: IncomingMessage, response: http.ServerResponse): Exchange {
  let body: Promise<Buffer> | undefined
  return {
    request,
    response,
    body: async () => parseBody(await (body ??= collect(request))),
    hijack: () => {
      const {socket} = response
      if (socket === null) throw new VchError(500, 'the connection is closed')
      response.detachSocket(socket)
      socket.write(rawHead('200 OK'))
      return socket
    },
  }
}

function upgradeExchange(request: IncomingMessage, socket: Socket, head: Buffer): Exchange {
  const response = new http.ServerResponse(request)
  response.assignSocket(socket)
  response.shouldKeepAlive = false
  response.once('finish', () => socket.end())
  let unread = head
  return {
    request,
    response,
    body: async () => {
      const data = await readUpgradedBody(request, socket, unread)
      unread = Buffer.alloc(0)
      return parseBody(data)
    },
    hijack: () => {
      response.detachSocket(socket)
      if (unread.length > 0) socket.unshift(unread)
      socket.write(rawHead('101 UPGRADED'))
      return socket
    },
  }
}

/** The Docker API of an emulated VCH (facts/vch-docker-api.md § 9). */
export function createDockerApi(deps: DockerApiDeps, place: ListenPlace): DockerApi {
  const closing = new AbortController()
  const onlyHost = place.kind === 'tcp' ? {onlyHost: place.host} : {}
  const context: ApiContext = {...deps, ...onlyHost, execs: new Map(), closing: closing.signal}
  const listener = createListener(place, (server) => {
    server.on('request', (request, response) => void serve(context, plainExchange(request, response)))
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      socket.on('error', () => socket.destroy())
      // A server on sockets has no other kind of connection.
      if (socket instanceof Socket) void serve(context, upgradeExchange(request, socket, head))
    })
  })
  return {
    listen: () => listener.open(),
    close: async () => {
      closing.abort(new VchError(500, 'the Docker API is closing'))
      await listener.close()
    },
  }
}
