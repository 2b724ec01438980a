import {randomInt} from 'node:crypto'
import net from 'node:net'
import {readRequest, type PortBinding} from '../containers/create-request.js'
import {isServerContainer} from '../containers/launch-command.js'
import {portLayerError} from '../containers/vch-error.js'
import {vicBehaviour} from '../containers/vic-behaviour.js'
import type {ContainerRecord} from '../state/sandbox-state.js'
import type {StateStore} from '../state/state-store.js'

/** One DNAT rule of the endpoint VM. */
export interface Mapping {
  readonly containerPort: number
  readonly protocol: string
  readonly hostPort: number
}

/** Published ports of bridge containers; the rules live and die with the endpoint VM. */
export interface Nat {
  /** @throws VchError 500 when a port of the endpoint VM is taken; nothing of this container is mapped then */
  map(record: ContainerRecord): Promise<void>
  unmap(id: string): void
  mappings(id: string): readonly Mapping[]
  close(): void
}

interface Rule extends Mapping {
  readonly server?: net.Server
  readonly sockets: Set<net.Socket>
}

const RANDOM_FROM = 49_153
const RANDOM_TO = 65_535
const RANDOM_TRIES = 20
const PORTMAP_PORT = 111
/** What the endpoint VM itself listens on (facts/vch-docker-api.md § 4.4). */
const OWN_PORTS: ReadonlySet<number> = new Set([22, 53, 2375, 2376, 2377, 2378, 2380, 6060, 6061, 6062, 6063])

/** MASQUERADE: the container sees the endpoint VM as every client. */
function forward(client: net.Socket, target: {readonly host: string; readonly port: number}, from: string): net.Socket {
  const upstream = net.connect({...target, localAddress: from})
  const end = (): void => {
    client.destroy()
    upstream.destroy()
  }
  client.on('error', end).on('close', end).pipe(upstream)
  upstream.on('error', end).on('close', end).pipe(client)
  return upstream
}

function listen(server: net.Server, port: number, address: string): Promise<boolean> {
  return new Promise((resolve) => {
    server.once('error', () => resolve(false))
    server.listen(port, address, () => resolve(true))
  })
}

/** The port at which this sandbox's servers have what the image has at 111. */
function shifted(store: StateStore, record: ContainerRecord, port: number): number {
  return port === PORTMAP_PORT && isServerContainer(record) ? store.state.portmapPort : port
}

async function openRule(store: StateStore, record: ContainerRecord, binding: PortBinding): Promise<Rule> {
  const {containerPort, protocol, hostPort} = binding
  const sockets = new Set<net.Socket>()
  const tries = hostPort === '' ? RANDOM_TRIES : 1
  for (let attempt = 0; attempt < tries; attempt++) {
    const wanted = hostPort === '' ? randomInt(RANDOM_FROM, RANDOM_TO + 1) : Number(hostPort)
    if (OWN_PORTS.has(wanted)) break
    if (protocol === 'udp') {
      if (!vicBehaviour(store.state.vicVersion).udpMapping) break
      return {containerPort, protocol, hostPort: wanted, sockets}
    }
    const target = {host: record.address, port: shifted(store, record, containerPort)}
    const server = net.createServer((client) => {
      const upstream = forward(client, target, store.state.publicAddress)
      for (const socket of [client, upstream]) sockets.add(socket.once('close', () => sockets.delete(socket)))
    })
    const port = shifted(store, record, wanted)
    if (await listen(server, port, store.state.publicAddress))
      return {containerPort, protocol, hostPort: wanted, server, sockets}
  }
  throw portLayerError(`error mapping ports: port ${hostPort || containerPort} is not available`)
}

function closeRules(rules: readonly Rule[]): void {
  for (const rule of rules) {
    rule.server?.close()
    for (const socket of rule.sockets) socket.destroy()
  }
}

export function createNat(store: StateStore): Nat {
  const byContainer = new Map<string, readonly Rule[]>()
  const unmap = (id: string): void => {
    closeRules(byContainer.get(id) ?? [])
    byContainer.delete(id)
  }
  return {
    map: async (record) => {
      const network = store.state.networks.find((one) => one.name === record.network)
      if (network?.driver !== 'bridge') return
      unmap(record.id)
      const rules: Rule[] = []
      try {
        for (const binding of readRequest(record.request).ports) rules.push(await openRule(store, record, binding))
      } catch (error) {
        closeRules(rules)
        throw error
      }
      byContainer.set(record.id, rules)
    },
    unmap,
    mappings: (id) => byContainer.get(id) ?? [],
    close: () => [...byContainer.keys()].forEach((id) => unmap(id)),
  }
}
