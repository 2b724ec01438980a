import {once} from 'node:events'
import {connect, createServer, type AddressInfo, type Socket} from 'node:net'

let held: Promise<number> | undefined

/**
 * A port of the loopback address that nobody listens at, nor can: until this process ends, a connection comes from it. One
 * that was merely free a moment ago may be another test's by now.
 */
export function refusingPort(): Promise<number> {
  held ??= hold()
  return held
}

async function hold(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1')
  const [[accepted]] = await Promise.all([once(server, 'connection') as Promise<[Socket]>, once(client, 'connect')])
  for (const handle of [server, client, accepted]) handle.unref()
  return client.localPort ?? 0
}
