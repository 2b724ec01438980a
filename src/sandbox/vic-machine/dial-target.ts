import {connect} from 'node:net'

/** Longer than a service on this machine takes to answer a greeting that it does not understand. */
const ANSWER_LIMIT_MS = 1000
/** A TLS record of a handshake with nothing in it: enough for a web server to complain in plain text. */
const GREETING = Buffer.from([0x16, 0x03, 0x01, 0x00, 0x00, 0x0d, 0x0a, 0x0d, 0x0a])

/**
 * Meets whatever listens at an address of this machine as vic-machine's TLS client would; other addresses are not
 * touched, since a sandbox stays on its machine.
 * @returns Go's words for it, or undefined where nothing listens
 */
export async function dialTarget(
  host: string,
  port: string,
  {signal}: {readonly signal: AbortSignal},
): Promise<string | undefined> {
  if (!/^127\.|^\[?::1\]?$/.test(host)) return undefined
  const answer = await new Promise<string | undefined>((resolve) => {
    const socket = connect({host: host.replace(/^\[|\]$/g, ''), port: Number(port)})
    let isConnected = false
    const end = (text: string | undefined) => {
      resolve(text)
      socket.destroy()
    }
    signal.addEventListener('abort', () => end(''), {once: true})
    socket.setTimeout(ANSWER_LIMIT_MS, () => end(''))
    socket.once('error', () => end(isConnected ? '' : undefined))
    socket.once('connect', () => {
      isConnected = true
      socket.write(GREETING)
    })
    socket.once('data', (data) => end(data.toString('latin1')))
    socket.once('close', () => end(''))
  })
  signal.throwIfAborted()
  if (answer === undefined) return undefined
  return answer.startsWith('HTTP/') ? 'http: server gave HTTP response to HTTPS client' : 'EOF'
}
