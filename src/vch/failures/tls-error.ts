import path from 'node:path'
import {shellQuote} from '../../model/redaction.js'
import {VicnfsError, type ErrorContext} from '../../model/vicnfs-error.js'
import type {Endpoint} from '../endpoint/endpoint.js'
import {namesOf, whyRefused, whyUntrusted} from './tls-reason.js'

interface NodeError {
  readonly code?: unknown
  readonly message?: unknown
  readonly cert?: {readonly subjectaltname?: string}
}

/** Alerts of RFC 8446 § 6.2 that speak of the client's certificate, or of its lack. */
const CERTIFICATE_ALERTS: ReadonlySet<number> = new Set([40, 42, 43, 44, 45, 46, 48, 49, 116])
const PROTOCOL_VERSION_ALERT = 70
const NAMED_ALERT = /^ERR_SSL_\S*ALERT\S*(CERTIFICATE|UNKNOWN_CA|HANDSHAKE_FAILURE|ACCESS_DENIED)/
const PLAIN_ANSWER = /wrong.version.number|packet.length.too.long|http.request|record.too.large/i
const NO_COMMON_VERSION = /unsupported.protocol|no.protocols.available|alert.protocol.version|no.shared.cipher/i

/**
 * A failure of TLS as an error of ours; undefined for one that is not of TLS or says nothing about its cause. An alert
 * in the midst of the handshake comes as EPROTO, with OpenSSL's words in the message; a later one has a code.
 */
export function tlsError(error: unknown, endpoint: Endpoint): VicnfsError | undefined {
  const {code, message, cert} = (error ?? {}) as NodeError
  const known = typeof code === 'string' ? code : ''
  const context = {cause: error, details: {endpoint: endpoint.text, errno: known}}
  if (/^(EPROTO$|ERR_SSL_)/.test(known)) {
    return handshakeError(`${known} ${typeof message === 'string' ? message : ''}`, endpoint, context)
  }
  return certificateError(known, endpoint, {...context, names: namesOf(cert?.subjectaltname)})
}

/** The server speaks TLS and was asked in plain HTTP. */
export function tlsWhereHttp(endpoint: Endpoint, context: ErrorContext): VicnfsError {
  return new VicnfsError('VN-VCH-TLS-MISMATCH', `${endpoint.text} answers in TLS where plain HTTP was expected.`, {
    ...context,
    reason: `Write https://${place(endpoint)}, and name the certificate folder by --cert-path or DOCKER_CERT_PATH.`,
  })
}

function handshakeError(text: string, endpoint: Endpoint, context: ErrorContext): VicnfsError | undefined {
  const alert = Number(/SSL alert number (\d+)/.exec(text)?.[1] ?? Number.NaN)
  if (alert === PROTOCOL_VERSION_ALERT || NO_COMMON_VERSION.test(text)) {
    return new VicnfsError('VN-VCH-TLS-VERSION', `${endpoint.text} speaks no TLS that is spoken here.`, {
      ...context,
      tries: [`openssl s_client -connect ${place(endpoint)} -tls1_2`],
    })
  }
  if (CERTIFICATE_ALERTS.has(alert) || NAMED_ALERT.test(text)) return clientError(endpoint, context)
  if (!PLAIN_ANSWER.test(text)) return undefined
  return new VicnfsError('VN-VCH-TLS-MISMATCH', `${endpoint.text} answers in plain HTTP where TLS was expected.`, {
    ...context,
    reason: `A VCH made with --no-tls speaks plain HTTP: write http://${place(endpoint)}, without certificate folder and DOCKER_TLS_VERIFY.`,
    tries: [`curl http://${place(endpoint)}/_ping`],
  })
}

function clientError(endpoint: Endpoint, context: ErrorContext): VicnfsError {
  const {cert} = endpoint.tls
  if (cert === undefined) {
    return new VicnfsError('VN-VCH-CERT-WANTED', `${endpoint.text} wants a client certificate.`, context)
  }
  const reason = whyRefused(cert)
  return new VicnfsError('VN-VCH-CLIENT-CERT-REFUSED', `${endpoint.text} does not accept our client certificate.`, {
    ...context,
    ...(reason === undefined ? {} : {reason}),
    ...showOwn(endpoint),
  })
}

function certificateError(
  code: string,
  endpoint: Endpoint,
  {names, ...context}: ErrorContext & {readonly names: readonly string[]},
): VicnfsError | undefined {
  const show = `openssl s_client -connect ${place(endpoint)} </dev/null | openssl x509 -noout -text`
  const withShow = {...context, tries: [show]}
  if (code === 'CERT_HAS_EXPIRED') {
    const tries = [show, 'date -u']
    return new VicnfsError('VN-VCH-CERT-EXPIRED', `${endpoint.text} has a certificate that has expired.`, {
      ...context,
      tries,
    })
  }
  if (code === 'CERT_NOT_YET_VALID') {
    const tries = ['date -u', show]
    return new VicnfsError('VN-VCH-CERT-NOT-YET', `${endpoint.text} has a certificate that is not valid yet.`, {
      ...context,
      tries,
    })
  }
  if (/^(ERR_TLS_CERT_ALTNAME|HOSTNAME_MISMATCH)/.test(code)) {
    const reason =
      names.length === 0
        ? 'It names no address at all, as certificates of VCHs made with --no-tlsverify do.'
        : `It was made for ${names.join(', ')}: use that.`
    const sentence = `${endpoint.text} has a certificate for another name or address.`
    return new VicnfsError('VN-VCH-CERT-NAME', sentence, {...withShow, reason})
  }
  if (!/(CERT|ISSUER|SIGNATURE|INVALID_CA)/.test(code)) return undefined
  const sentence = `${endpoint.text} has a certificate that is not trusted here (${code}).`
  return new VicnfsError('VN-VCH-CERT-UNTRUSTED', sentence, {...withShow, reason: whyUntrusted(code, endpoint.tls.ca)})
}

/** The command that shows our own certificate. */
function showOwn({tlsFolder}: Endpoint): ErrorContext {
  if (tlsFolder === undefined) return {}
  const file = path.join(tlsFolder, 'cert.pem')
  return {tries: [shellQuote(['openssl', 'x509', '-in', file, '-noout', '-issuer', '-subject', '-dates'])]}
}

function place({host, port}: Endpoint): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`
}
