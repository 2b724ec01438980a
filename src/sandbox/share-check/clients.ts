import {readFile} from 'node:fs/promises'

const TABLE = '/proc/net/tcp'
const ESTABLISHED = '01'

interface Place {
  readonly address: string
  readonly port: number
}

/** `0100007F:0801`: a 32-bit word as this machine has it in memory, then the port. */
function placeOf(text: string): Place | undefined {
  const [, word, port] = /^([0-9A-F]{8}):([0-9A-F]{4})$/.exec(text) ?? []
  if (word === undefined || port === undefined) return undefined
  const bytes = new Uint8Array(Uint32Array.of(Number.parseInt(word, 16)).buffer)
  return {address: bytes.join('.'), port: Number.parseInt(port, 16)}
}

/**
 * Who has a connection to a server right now: the image's `share-check clients`. Containers are processes of this
 * machine, so its own table has their connections; servers of the sandbox have IPv4 addresses only.
 * @returns each address once, the server's own left out
 */
export async function connectedTo(server: Place): Promise<readonly string[]> {
  const [, ...lines] = (await readFile(TABLE, 'latin1')).split('\n')
  const clients = lines.flatMap((line) => {
    const [, local = '', remote = '', state] = line.trim().split(/\s+/)
    const own = placeOf(local)
    const client = placeOf(remote)?.address
    if (state !== ESTABLISHED || own?.address !== server.address || own.port !== server.port) return []
    return client === undefined || client === own.address ? [] : [client]
  })
  return [...new Set(clients)].sort()
}
