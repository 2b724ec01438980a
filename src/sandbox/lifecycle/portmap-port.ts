import {randomInt} from 'node:crypto'
import {createServer} from 'node:net'
import {VicnfsError} from '../../model/vicnfs-error.js'
import type {Registry} from './registry.js'

export const STANDARD_PORTMAP_PORT = 111

/** Below the range from which systems take ports of outgoing connections. */
const SHIFTED_PORTS = {from: 20_000, to: 30_000}

/**
 * The port at which the portmappers of all sandboxes of this user answer: 111 where it may be bound and is free on
 * this address, else one other port, the same for all, since a VCH asks every NFS server on one port. Where another
 * program has taken the port since, all move, each when it starts.
 * @throws VN-SANDBOX-ADDRESS
 */
export async function choosePortmapPort(registry: Registry, address: string, wanted?: number): Promise<number> {
  if (wanted !== undefined) return wanted
  const candidates = [
    ...(registry.portmapPort === undefined ? [] : [registry.portmapPort]),
    STANDARD_PORTMAP_PORT,
    ...Array.from({length: 20}, () => randomInt(SHIFTED_PORTS.from, SHIFTED_PORTS.to)),
  ]
  for (const port of candidates) {
    if (await canListen(address, port)) {
      registry.portmapPort = port
      return port
    }
  }
  throw new VicnfsError('VN-SANDBOX-ADDRESS', `The sandbox finds no free port for its portmapper on ${address}.`)
}

/** The portmap port with which an existing sandbox starts: its own while that is free, else the others' or a new one. */
export async function keepPortmapPort(registry: Registry, address: string, port: number): Promise<number> {
  if (await canListen(address, port)) {
    registry.portmapPort ??= port
    return port
  }
  return choosePortmapPort(registry, address)
}

/** Whether a port of an address is free, for us. */
export function canListen(address: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({host: address, port, exclusive: true}, () => server.close(() => resolve(true)))
  })
}
