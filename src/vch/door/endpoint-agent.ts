import http from 'node:http'
import https from 'node:https'
import tls from 'node:tls'
import {inspect} from 'node:util'
import {messageOf, VicnfsError} from '../../model/vicnfs-error.js'
import {checkMaterial} from '../endpoint/check-material.js'
import type {Endpoint} from '../endpoint/endpoint.js'

interface InnerAgent {
  addRequest(request: http.ClientRequest, ...rest: unknown[]): void
}

/** Headers that go past docker-modem, which writes every header that it knows of to stderr under DEBUG=modem. */
export type SecretHeaders = Readonly<Record<string, string>>

/**
 * The connections to one endpoint. Certificates go in as a finished SecureContext, which nothing can print:
 * docker-modem writes every option of a request to stderr under DEBUG=modem, a private key in a Buffer included.
 * @throws VN-VCH-CERT-BAD, VN-VCH-CERT-KEY
 */
export function endpointAgent(endpoint: Endpoint, secretHeaders: SecretHeaders): http.Agent {
  // No keep-alive: a VCH that restarts leaves dead connections behind.
  if (endpoint.protocol !== 'https') return guarded(new http.Agent({keepAlive: false}), secretHeaders)
  const options = {keepAlive: false, secureContext: secureContextOf(endpoint), rejectUnauthorized: endpoint.verify}
  return guarded(new https.Agent(options), secretHeaders)
}

function secureContextOf(endpoint: Endpoint): tls.SecureContext {
  const {ca, cert, key} = endpoint.tls
  checkMaterial(endpoint)
  try {
    return tls.createSecureContext({
      ...(ca === undefined ? {} : {ca}),
      ...(cert === undefined ? {} : {cert}),
      ...(key === undefined ? {} : {key}),
    })
  } catch (error) {
    throw new VicnfsError(
      'VN-VCH-CERT-BAD',
      `The certificate files of ${endpoint.origin} cannot be used: ${messageOf(error)}.`,
    )
  }
}

/**
 * Closes two holes of docker-modem at the one place that sees each request first: it follows redirects without our
 * agent and without an error listener, which ends the process; and it never notices an answer that breaks off, which
 * hangs.
 */
function guarded(agent: http.Agent, secretHeaders: SecretHeaders): http.Agent {
  // docker-modem writes out all that a request holds, hidden parts too, whether or not anybody reads it: with some
  // requests under way that takes longer than the request.
  Object.defineProperty(agent, inspect.custom, {value: () => 'the agent of one endpoint'})
  const inner = agent as unknown as InnerAgent
  const addRequest = inner.addRequest.bind(agent)
  inner.addRequest = (request, ...rest) => {
    for (const [name, value] of Object.entries(secretHeaders)) request.setHeader(name, value)
    request.prependListener('response', (response: http.IncomingMessage) => {
      delete response.headers.location
      response.once('error', (error) => request.emit('error', error))
    })
    addRequest(request, ...rest)
  }
  return agent
}
