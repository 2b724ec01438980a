import type {IncomingMessage} from 'node:http'
import {VchError} from '../containers/vch-error.js'

/**
 * Without TLS a VCH answers under its own address only, against DNS rebinding (facts/vch-docker-api.md § 6).
 * @param onlyHost that address; undefined lets every name pass
 * @throws VchError 500
 */
export function checkHost(request: IncomingMessage, onlyHost: string | undefined): void {
  if (onlyHost === undefined) return
  const asked = request.headers.host ?? ''
  if (asked.replace(/:\d+$/, '') === onlyHost) return
  const {remoteAddress = '', remotePort = ''} = request.socket
  throw new VchError(500, `invalid host header from ${remoteAddress}:${remotePort} to requested host ${asked}`)
}
