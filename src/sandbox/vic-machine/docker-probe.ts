import type {IncomingMessage} from 'node:http'
import type {RequestOptions} from 'node:https'
import type {DockerEndpoint} from '../vcenter/vcenter-api.js'
import type {InfoReply} from './invocation.js'
import {readTlsFailure} from './tls-failure.js'

/** No answer to a request after this long counts as one more try. */
const REQUEST_TIMEOUT_MS = 5000

export interface ProbeOptions {
  readonly signal: AbortSignal
  /** A client certificate, PEM; vic-machine's configure has none (facts/vic-machine.md § 3.1). */
  readonly client?: {readonly cert: string; readonly key: string}
}

/** Asks `GET /info` once, over the sandbox's socket, plain TCP, or TLS as vic-machine speaks it. */
export async function probeDockerApi(endpoint: DockerEndpoint, options: ProbeOptions): Promise<InfoReply> {
  const {signal} = options
  const tls = endpoint.kind === 'tcp' && endpoint.tls
  const {request} = tls ? await import('node:https') : await import('node:http')
  const place = placeOf(endpoint, options)
  const reply = await new Promise<InfoReply>((resolve) => {
    const call = request({...place, path: '/info', agent: false, signal, timeout: REQUEST_TIMEOUT_MS}, (response) => {
      readAll(response).then(
        (body) => resolve(response.statusCode === 200 ? readInfo(body) : {kind: 'retry'}),
        () => resolve({kind: 'retry'}),
      )
    })
    call.on('timeout', () => call.destroy())
    call.on('error', (error) => resolve(tls ? readTlsFailure(error, endpoint) : {kind: 'retry'}))
    call.end()
  })
  signal.throwIfAborted()
  return reply
}

function placeOf(endpoint: DockerEndpoint, {client}: ProbeOptions): RequestOptions {
  if (endpoint.kind === 'unix') return {socketPath: endpoint.path}
  const {host, port, tls} = endpoint
  if (!tls) return {host, port}
  // What vic-machine finds in the server's certificate, it says only when the handshake fails (tls-failure.ts).
  return {host, port, maxVersion: 'TLSv1.2', rejectUnauthorized: false, ...client}
}

async function readAll(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}

/** `VolumeStores` and the driver's state out of SystemStatus (facts/vch-docker-api.md § 1.3). */
export function readInfo(body: string): InfoReply {
  let info: {Driver?: unknown; SystemStatus?: unknown}
  try {
    info = JSON.parse(body) as typeof info
  } catch (error) {
    return {kind: 'broken', message: (error as Error).message}
  }
  const lines = Array.isArray(info.SystemStatus) ? (info.SystemStatus as unknown[][]) : []
  const valueOf = (key: unknown) => lines.find((line) => line[0] === key)?.[1]
  const stores = valueOf('VolumeStores')
  const online = typeof stores === 'string' ? stores.split(' ').filter((label) => label !== '') : undefined
  return {kind: 'ok', ...(online && {onlineStores: online}), running: valueOf(info.Driver) === 'RUNNING'}
}
