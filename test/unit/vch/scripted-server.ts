import {mkdtemp, rm} from 'node:fs/promises'
import http from 'node:http'
import https from 'node:https'
import type {AddressInfo} from 'node:net'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {connectImages} from '../../../src/vch/connect-images.js'
import {connectVch} from '../../../src/vch/connect.js'
import {endpointOf, type Endpoint} from '../../../src/vch/endpoint/endpoint.js'
import type {ImageApi} from '../../../src/vch/image-api.js'
import type {VchApi} from '../../../src/vch/vch-api.js'

export interface Seen {
  readonly method: string
  /** Path without query. */
  readonly path: string
  readonly url: string
  readonly query: URLSearchParams
  readonly headers: http.IncomingHttpHeaders
  readonly text: string
  /** The body as it came. */
  readonly bytes: Buffer
  readonly body: unknown
}

export interface Answer {
  readonly status?: number
  readonly json?: unknown
  readonly text?: string | Buffer
  readonly headers?: Readonly<Record<string, string>>
  /** Takes the response over. */
  readonly raw?: (response: http.ServerResponse) => void
}

export type Script = (seen: Seen) => Answer | undefined | Promise<Answer | undefined>

export interface ScriptedServer {
  readonly socketPath: string
  readonly seen: Seen[]
  readonly close: () => Promise<void>
}

function handler(script: Script, seen: Seen[]): http.RequestListener {
  return (request, response) => {
    void (async () => {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk as Buffer)
      const bytes = Buffer.concat(chunks)
      const text = bytes.toString()
      const url = new URL(request.url ?? '/', 'http://x')
      const one: Seen = {
        method: request.method ?? '',
        path: decodeURIComponent(url.pathname),
        url: request.url ?? '',
        query: url.searchParams,
        headers: request.headers,
        text,
        bytes,
        body: request.headers['content-type'] === 'application/json' ? JSON.parse(text) : undefined,
      }
      seen.push(one)
      const answer = (await script(one)) ?? {status: 404, json: {message: 'page not found'}}
      if (answer.raw !== undefined) {
        answer.raw(response)
        return
      }
      response.writeHead(answer.status ?? 200, {'Content-Type': 'application/json', ...answer.headers})
      response.end(answer.json === undefined ? (answer.text ?? '') : JSON.stringify(answer.json))
    })()
  }
}

async function closed(server: http.Server): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}

/** An HTTP server on a unix socket of its own that answers as the test says. */
export async function scriptedServer(script: Script): Promise<ScriptedServer> {
  const folder = await mkdtemp(path.join(tmpdir(), 'vicnfs-vch-'))
  const socketPath = path.join(folder, 's.sock')
  const seen: Seen[] = []
  const server = http.createServer(handler(script, seen))
  await new Promise<void>((resolve) => server.listen(socketPath, resolve))
  const close = async (): Promise<void> => {
    await closed(server)
    await rm(folder, {recursive: true})
  }
  return {socketPath, seen, close}
}

export interface TcpServer {
  readonly port: number
  readonly seen: Seen[]
  readonly close: () => Promise<void>
}

/** The same on loopback TCP, with TLS when options for it are given. */
export async function scriptedTcpServer(script: Script, tls?: https.ServerOptions): Promise<TcpServer> {
  const seen: Seen[] = []
  const listener = handler(script, seen)
  const server = tls === undefined ? http.createServer(listener) : https.createServer(tls, listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {port: (server.address() as AddressInfo).port, seen, close: () => closed(server)}
}

const servers: ScriptedServer[] = []

/** A new scripted server and its endpoint; `closeServers` ends them all. */
async function opened(script: Script): Promise<{readonly endpoint: Endpoint; readonly server: ScriptedServer}> {
  const server = await scriptedServer(script)
  servers.push(server)
  return {endpoint: endpointOf({kind: 'unix', path: server.socketPath}, 'a test', {verify: true}), server}
}

export async function apiOf(script: Script): Promise<{readonly api: VchApi; readonly server: ScriptedServer}> {
  const {endpoint, server} = await opened(script)
  return {api: await connectVch(endpoint), server}
}

export async function imageApiOf(script: Script): Promise<{readonly api: ImageApi; readonly server: ScriptedServer}> {
  const {endpoint, server} = await opened(script)
  return {api: await connectImages(endpoint), server}
}

export async function closeServers(): Promise<void> {
  await Promise.all(servers.splice(0).map(({close}) => close()))
}

const DRIVER = 'vSphere Integrated Containers v1.5.8-0-a5a3bbd Backend Engine'

/** `/info` of a VCH (facts/vch-docker-api.md § 1.3), as far as vicnfs reads it. */
export const VCH_INFO = {
  ID: 'vSphere Integrated Containers',
  Name: 'vch-1',
  ServerVersion: 'v1.5.8-0-a5a3bbd',
  Driver: DRIVER,
  SystemStatus: [
    ['VolumeStores', 'nfs-store default'],
    [DRIVER, 'RUNNING'],
    [' VCH CPU limit', '29300 MHz'],
  ],
  Plugins: {Volume: ['vsphere'], Network: ['public', 'bridge'], Authorization: null},
}

/** `/info` of a Docker Engine, likewise. */
export const ENGINE_INFO = {
  ID: 'ABCD:1234',
  Name: 'laptop',
  ServerVersion: '28.2.2',
  Driver: 'overlay2',
  Plugins: {Volume: ['local'], Network: ['bridge', 'host', 'macvlan', 'null']},
}
