import type {IncomingMessage} from 'node:http'
import type {Duplex} from 'node:stream'
import {VchError} from '../containers/vch-error.js'

const MAX_BODY_BYTES = 1024 * 1024

/** A chunked body when it is complete, else undefined. */
function unchunk(data: Buffer): {readonly body: Buffer; readonly rest: Buffer} | undefined {
  const parts: Buffer[] = []
  let at = 0
  for (;;) {
    const lineEnd = data.indexOf('\r\n', at)
    if (lineEnd < 0) return undefined
    const size = Number.parseInt(data.toString('latin1', at, lineEnd), 16)
    if (Number.isNaN(size)) throw new VchError(500, 'malformed chunked encoding')
    const end = lineEnd + 2 + size
    if (data.length < end + 2) return undefined
    if (size === 0) return {body: Buffer.concat(parts), rest: data.subarray(end + 2)}
    parts.push(data.subarray(lineEnd + 2, end))
    at = end + 2
  }
}

/** The body and what follows it, once everything is there. */
function cut(request: IncomingMessage, data: Buffer): {readonly body: Buffer; readonly rest: Buffer} | undefined {
  if (/chunked/i.test(request.headers['transfer-encoding'] ?? '')) return unchunk(data)
  const length = Number(request.headers['content-length'] ?? 0)
  return data.length < length ? undefined : {body: data.subarray(0, length), rest: data.subarray(length)}
}

/**
 * Body of a request with `Upgrade`: node's parser hands over the raw socket right after the headers.
 * What follows the body is put back and belongs to the stream.
 */
export async function readUpgradedBody(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<Buffer> {
  let data = head
  for (;;) {
    const done = cut(request, data)
    if (done !== undefined) {
      if (done.rest.length > 0) socket.unshift(done.rest)
      return done.body
    }
    if (data.length > MAX_BODY_BYTES) throw new VchError(500, 'http: request body too large')
    data = Buffer.concat([data, await nextChunk(socket)])
  }
}

function nextChunk(socket: Duplex): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const onData = (chunk: Buffer): void => {
      socket.pause()
      socket.off('data', onData).off('close', onClose)
      resolve(chunk)
    }
    const onClose = (): void => reject(new VchError(500, 'unexpected EOF'))
    socket.on('data', onData).on('close', onClose)
    socket.resume()
  })
}
