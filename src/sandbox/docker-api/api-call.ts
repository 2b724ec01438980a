import type {IncomingMessage, ServerResponse} from 'node:http'
import type {Duplex} from 'node:stream'
import type {JsonObject} from '../containers/json-fields.js'
import {VchError} from '../containers/vch-error.js'

/** One request, routed. */
export interface ApiCall {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** Decoded groups of the route's pattern. */
  readonly params: readonly string[]
  readonly query: URLSearchParams
  /** JSON body; an empty one counts as `{}`. @throws VchError 500 */
  body(): Promise<JsonObject>
  /**
   * Takes the connection over for raw bytes in both directions (attach, exec): `101 UPGRADED` where the client asked
   * for it, else `200 OK` without a length.
   */
  hijack(): Duplex
}

const MAX_BODY_BYTES = 8 * 1024 * 1024

export async function collect(source: AsyncIterable<unknown>): Promise<Buffer> {
  const parts: Buffer[] = []
  let sizeBytes = 0
  for await (const part of source) {
    parts.push(part as Buffer)
    sizeBytes += (part as Buffer).length
    if (sizeBytes > MAX_BODY_BYTES) throw new VchError(500, 'http: request body too large')
  }
  return Buffer.concat(parts)
}

export function parseBody(data: Buffer): JsonObject {
  if (data.length === 0) return {}
  try {
    const value: unknown = JSON.parse(data.toString('utf8'))
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {}
  } catch (error) {
    throw new VchError(500, `invalid JSON: ${(error as Error).message}`)
  }
}

/** API version that the path asks for; 1.25 without one. */
function apiVersion(request: IncomingMessage): readonly [major: number, minor: number] {
  const match = /^\/v(\d+)\.(\d+)\//.exec(request.url ?? '')
  return match === null ? [1, 25] : [Number(match[1]), Number(match[2])]
}

/** Shorter than any JSON object with a field, as docker counts. */
const EMPTY_BODY_BYTES = 7

/** A host configuration in the body of a start. @throws VchError 400 from API 1.24 on */
export function refuseStartBody({request}: ApiCall): void {
  const [major, minor] = apiVersion(request)
  const isChunked = request.headers['transfer-encoding'] !== undefined
  const lengthBytes = Number(request.headers['content-length'] ?? 0)
  if ((!isChunked && lengthBytes <= EMPTY_BODY_BYTES) || (major === 1 && minor < 24)) return
  throw new VchError(
    400,
    'starting container with non-empty request body was deprecated since v1.10 and removed in v1.12',
  )
}

/** `1`, `true`, `True` and the like, as docker reads flags of a query. */
export function queryFlag(query: URLSearchParams, name: string): boolean {
  return !['', '0', 'no', 'false', 'none'].includes((query.get(name) ?? '').toLowerCase())
}

export function sendJson(call: ApiCall, status: number, value: unknown): void {
  call.response.writeHead(status, {'Content-Type': 'application/json'})
  call.response.end(`${JSON.stringify(value)}\n`)
}

export function sendEmpty(call: ApiCall, status: number): void {
  call.response.writeHead(status)
  call.response.end()
}
