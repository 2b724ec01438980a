import type {IncomingMessage} from 'node:http'
import type {DockerEndpoint} from '../vcenter/vcenter-api.js'
import type {InfoReply} from './invocation.js'

/** No answer to a request after this long counts as one more try. */
const REQUEST_TIMEOUT_MS = 5000

/** Asks `GET /info` once, over the sandbox's socket or plain TCP. */
export async function probeDockerApi(
  endpoint: DockerEndpoint,
  {signal}: {readonly signal: AbortSignal},
): Promise<InfoReply> {
  const {request} = await import('node:http')
  const place = endpoint.kind === 'unix' ? {socketPath: endpoint.path} : {host: endpoint.host, port: endpoint.port}
  const answer = await new Promise<{status: number; body: string} | undefined>((resolve) => {
    const call = request({...place, path: '/info', agent: false, signal, timeout: REQUEST_TIMEOUT_MS}, (response) => {
      readAll(response).then(
        (body) => resolve({status: response.statusCode ?? 0, body}),
        () => resolve(undefined),
      )
    })
    call.on('timeout', () => call.destroy())
    call.on('error', () => resolve(undefined))
    call.end()
  })
  signal.throwIfAborted()
  return answer?.status === 200 ? readInfo(answer.body) : {kind: 'retry'}
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
