import {formatDuration} from '../../model/duration.js'
import {VicnfsError} from '../../model/vicnfs-error.js'
import type {Endpoint} from '../endpoint/endpoint.js'
import type {ApiFailure} from './api-failure.js'
import {tlsWhereHttp} from './tls-error.js'

const PORT_LAYER_DIAL = /dial tcp (?:127\.\d+\.\d+\.\d+|localhost|\[::1\]):\d+/i

/** What any call may be answered with (facts/vch-docker-api.md §§ 1.1, 6, 7.1). */
export function generalError(failure: ApiFailure, doing: string, endpoint: Endpoint): VicnfsError {
  const {status, message} = failure
  const details = {endpoint: endpoint.text, status, answer: message}
  if (failure.isHtml) return notDockerError(endpoint)
  if (/HTTP request to an HTTPS server/i.test(message)) {
    return tlsWhereHttp(endpoint, {details})
  }
  if (/invalid host header/i.test(message)) {
    return new VicnfsError('VN-VCH-HOST-HEADER', `The VCH does not answer under the name in ${endpoint.text}.`, {
      details,
    })
  }
  if (PORT_LAYER_DIAL.test(message)) {
    return new VicnfsError('VN-VCH-PORT-LAYER-DOWN', `The port layer behind ${endpoint.text} does not answer.`, {
      details,
    })
  }
  if (/does not yet implement/i.test(message) || (status === 404 && /page not found/i.test(message))) {
    return new VicnfsError('VN-VCH-UNSUPPORTED', `${endpoint.text} cannot ${doing}: ${sentence(message)}`, {details})
  }
  return new VicnfsError('VN-VCH-API', `${endpoint.text} did not ${doing}: ${sentence(message)}`, {
    details,
    reason: `The answer had HTTP status ${status}.`,
  })
}

/** A web page, or anything else that no Docker API says. */
export function notDockerError(endpoint: Endpoint): VicnfsError {
  return new VicnfsError('VN-VCH-NOT-DOCKER', `${endpoint.text} answers, but not as a Docker API does.`, {
    details: {endpoint: endpoint.text},
  })
}

/** A sentence of the server with one full stop at its end. */
export function sentence(message: string): string {
  return /[.!?…]$/.test(message) ? message : `${message}.`
}

export function timeoutError(doing: string, limitMs: number, endpoint: Endpoint): VicnfsError {
  const text = `${endpoint.text} did not answer within ${formatDuration(limitMs)} when asked to ${doing}.`
  return new VicnfsError('VN-VCH-TIMEOUT', text, {details: {endpoint: endpoint.text, limitMs}})
}
