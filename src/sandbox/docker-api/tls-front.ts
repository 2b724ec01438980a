import net from 'node:net'
import {isClientOf} from '../certificates/client-certificate.js'

/** TLS record types (RFC 5246 § 6.2.1) and handshake messages (§ 7.4). */
const HANDSHAKE_RECORD = 22
const CERTIFICATE_MESSAGE = 11
const RECORD_HEADER_BYTES = 5
const MESSAGE_HEADER_BYTES = 4
const CERTIFICATES_AT = 6
/** More than any handshake of a client up to its certificate. */
const LONGEST_BYTES = 65_536

type Verdict = 'more' | 'pass' | 'no-tls' | 'refuse'

/** Fatal alerts (§ 7.2) as Go's TLS server sends them: `unexpected message`, `bad certificate`. */
const ALERTS = {'no-tls': alert(10), refuse: alert(42)} as const

function alert(description: number): Buffer {
  return Buffer.from([21, 3, 3, 0, 2, 2, description])
}

/**
 * Stands before the TLS server on an inner socket and says in the handshake what Node's server cannot say: that a
 * client certificate is refused (Node breaks the connection off), and that no TLS was spoken. A VCH's own server is
 * Go's, up to TLS 1.2, where a client's certificate comes in the clear.
 * @param clientAuthority whose clients are let in, PEM; undefined lets everybody in
 */
export function createTlsFront(innerPath: string, clientAuthority: string | undefined): net.Server {
  const accepts =
    clientAuthority === undefined
      ? undefined
      : (leaf: Buffer | undefined) => leaf !== undefined && isClientOf(clientAuthority, leaf)
  return net.createServer({allowHalfOpen: true}, (client) => join(client, innerPath, handshakeReader(accepts)))
}

function join(client: net.Socket, innerPath: string, read: (chunk: Buffer) => Verdict): void {
  const inner = net.connect({path: innerPath, allowHalfOpen: true})
  const end = (): void => {
    client.destroy()
    inner.destroy()
  }
  client.on('error', end).on('close', end)
  inner.on('error', end).on('close', end)
  inner.pipe(client)
  const onData = (chunk: Buffer): void => {
    const verdict = read(chunk)
    if (verdict === 'no-tls' || verdict === 'refuse') {
      client.off('data', onData)
      inner.unpipe(client)
      client.end(ALERTS[verdict], () => inner.destroy())
      return
    }
    inner.write(chunk)
    if (verdict === 'more') return
    client.off('data', onData)
    client.pipe(inner)
  }
  client.on('data', onData)
}

/** Reads what a client sends, chunk by chunk, until its certificate is known. */
function handshakeReader(accepts: ((leaf: Buffer | undefined) => boolean) | undefined): (chunk: Buffer) => Verdict {
  let records: Buffer = Buffer.alloc(0)
  let messages: Buffer = Buffer.alloc(0)
  return (chunk) => {
    records = Buffer.concat([records, chunk])
    if (messages.length === 0 && records[0] !== HANDSHAKE_RECORD) return 'no-tls'
    // Whoever sends something else now is left to the server, which knows what to do.
    if (accepts === undefined || messages.length + records.length > LONGEST_BYTES) return 'pass'
    for (;;) {
      const record = nextRecord(records)
      if (record === undefined) return 'more'
      if (record.type !== HANDSHAKE_RECORD) return 'pass'
      records = records.subarray(record.length)
      messages = Buffer.concat([messages, record.payload])
      const certificate = findCertificate(messages)
      if (certificate !== undefined) return accepts(certificate.leaf) ? 'pass' : 'refuse'
    }
  }
}

function nextRecord(bytes: Buffer): {type: number; payload: Buffer; length: number} | undefined {
  if (bytes.length < RECORD_HEADER_BYTES) return undefined
  const length = RECORD_HEADER_BYTES + bytes.readUInt16BE(3)
  if (bytes.length < length) return undefined
  return {type: bytes.readUInt8(0), payload: bytes.subarray(RECORD_HEADER_BYTES, length), length}
}

/** The client's certificate message, once it is there in full; its leaf comes first. */
function findCertificate(messages: Buffer): {readonly leaf: Buffer | undefined} | undefined {
  for (let at = 0; at + MESSAGE_HEADER_BYTES <= messages.length;) {
    const end = at + MESSAGE_HEADER_BYTES + messages.readUIntBE(at + 1, 3)
    if (end > messages.length) return undefined
    if (messages[at] === CERTIFICATE_MESSAGE) return {leaf: leafOf(messages.subarray(at + MESSAGE_HEADER_BYTES, end))}
    at = end
  }
  return undefined
}

function leafOf(body: Buffer): Buffer | undefined {
  if (body.length <= CERTIFICATES_AT) return undefined
  return body.subarray(CERTIFICATES_AT, CERTIFICATES_AT + body.readUIntBE(3, 3))
}
