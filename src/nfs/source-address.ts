import {createSocket} from 'node:dgram'

/**
 * The address that this machine would use towards `host`; nothing is sent (a connected UDP socket only asks the routing table).
 * @returns undefined when there is no route
 */
export async function sourceAddressTo(host: string): Promise<string | undefined> {
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4')
  try {
    return await new Promise<string | undefined>((resolve) => {
      socket.once('error', () => {
        resolve(undefined)
      })
      socket.connect(111, host, () => {
        resolve(socket.address().address)
      })
    })
  } finally {
    socket.close()
  }
}
