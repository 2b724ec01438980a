import {messageOf, VicnfsError} from '../../model/vicnfs-error.js'
import type {ErrorCode} from '../../model/error-table.js'
import type {Endpoint} from '../endpoint/endpoint.js'
import {tlsError, tlsWhereHttp} from './tls-error.js'

interface SystemError {
  readonly code?: unknown
  readonly rawPacket?: unknown
}

type Rule = readonly [pattern: RegExp, code: ErrorCode, sentence: string, reason?: string]

const NOT_RUNNING = 'The endpoint VM is booting, restarting or off, or its Docker API is on another port.'

/** By Node's error codes, those of TLS apart; the first match counts. */
const RULES: readonly Rule[] = [
  [/^ECONNREFUSED$/, 'VN-VCH-UNREACHABLE', 'refuses connections', NOT_RUNNING],
  [/^ENOENT$/, 'VN-VCH-UNREACHABLE', 'does not exist', 'No VCH or sandbox is listening on this socket.'],
  [
    /^(ECONNRESET|ECONNABORTED|EPIPE|ERR_STREAM_PREMATURE_CLOSE)$/,
    'VN-VCH-UNREACHABLE',
    'broke the connection off',
    NOT_RUNNING,
  ],
  [
    /^(EHOSTUNREACH|ENETUNREACH|EHOSTDOWN|ENETDOWN|EADDRNOTAVAIL)$/,
    'VN-VCH-UNREACHABLE',
    'cannot be reached',
    'There is no route to it, or it is off.',
  ],
  [
    /^(ETIMEDOUT|ESOCKETTIMEDOUT)$/,
    'VN-VCH-UNREACHABLE',
    'does not answer',
    'It is off, or a firewall drops the packets.',
  ],
  [
    /^(ENOTFOUND|EAI_\w+)$/,
    'VN-VCH-UNREACHABLE',
    'has a name that cannot be resolved',
    'The name is misspelt, or no DNS server answers.',
  ],
  [/^(EACCES|EPERM)$/, 'VN-VCH-DENIED', 'may not be opened by this user'],
  [/^(EPROTO|ERR_SSL_)/, 'VN-VCH-UNREACHABLE', 'ended the TLS handshake'],
]

/** A failure below HTTP, as an error of ours: why nothing came back from the endpoint. */
export function connectionError(error: unknown, endpoint: Endpoint): VicnfsError {
  const {code, rawPacket} = (error ?? {}) as SystemError
  const known = typeof code === 'string' ? code : ''
  const context = {cause: error, details: {endpoint: endpoint.text, errno: known}}
  if (known.startsWith('HPE_')) return parseError(rawPacket, endpoint, context)
  const ofTls = tlsError(error, endpoint)
  if (ofTls !== undefined) return ofTls
  const [, ourCode, sentence, reason] = RULES.find(([pattern]) => pattern.test(known)) ?? []
  if (ourCode === undefined) {
    return new VicnfsError('VN-VCH-UNREACHABLE', `${endpoint.text} cannot be used: ${messageOf(error)}.`, context)
  }
  return new VicnfsError(ourCode, `${endpoint.text} ${sentence} (${known}).`, {
    ...context,
    ...(reason === undefined ? {} : {reason}),
  })
}

/** An answer that is not HTTP: TLS alerts start with byte 0x15, handshakes with 0x16. */
function parseError(rawPacket: unknown, endpoint: Endpoint, context: {readonly cause: unknown}): VicnfsError {
  const first = Buffer.isBuffer(rawPacket) ? rawPacket[0] : undefined
  if (first === 0x15 || first === 0x16) return tlsWhereHttp(endpoint, context)
  return new VicnfsError('VN-VCH-NOT-DOCKER', `${endpoint.text} answers, but not in HTTP.`, context)
}
