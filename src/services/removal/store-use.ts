import {setTimeout as delay} from 'node:timers/promises'

import {dockerCommand} from '../../model/docker-command.js'
import {canonicalAddress} from '../../model/ip-address.js'
import {VicnfsError} from '../../model/vicnfs-error.js'
import type {ContainerState, VchApi} from '../../vch/vch-api.js'
import type {Adapters} from '../adapters.js'
import {hostAddresses} from '../registration/host-addresses.js'
import type {ConsumerVch} from '../registration/identify-consumer.js'
import {connectedClients} from '../share/connected-clients.js'
import type {ServerContainer} from '../share/find-server.js'

/** Volumes of the consumer VCH on a store, and its containers that have them. */
export interface StoreUse {
  readonly label: string
  readonly volumes: readonly {
    readonly name: string
    readonly containers: readonly {readonly name: string; readonly state: ContainerState}[]
  }[]
}

/** Everything that uses a share, as far as it can be seen; for `--json` as it stands. */
export interface ShareUse {
  readonly vch: string
  readonly stores: readonly StoreUse[]
  /** Addresses with a connection to the NFS server; null where the engine cannot tell. */
  readonly clients: readonly string[] | null
}

const AT_REST = new Set<ContainerState>(['created', 'exited'])
/** A session of our own that was just closed, or a client that is going, is gone soon. */
const LOOKS = 3
const PAUSE_MS = 100

async function useOf(api: VchApi, label: string, signal: AbortSignal): Promise<StoreUse> {
  const volumes = (await api.listVolumes({signal})).filter((volume) => volume.store === label)
  const used = volumes.map(async ({name}) => {
    const containers = await api.listContainers({volume: name}, {signal})
    return {name, containers: containers.map((each) => ({name: each.name, state: each.state}))}
  })
  return {label, volumes: await Promise.all(used)}
}

/**
 * Clients with a connection to the server. The endpoint VM keeps connections without using them (facts/vic-machine.md),
 * and its containers, which may come from its address, are known by its Docker API.
 */
async function strangersOf(
  adapters: Adapters,
  server: ServerContainer,
  options: {readonly vch: Pick<ConsumerVch, 'endpoint' | 'publishedAddress'>; readonly signal: AbortSignal},
): Promise<readonly string[] | undefined> {
  const {vch, signal} = options
  if (server.container.state !== 'running') return []
  const endpointHost = /^(?!unix:)[a-z]+:\/\/(\[[^\]]+\]|[^/:]+)/.exec(vch.endpoint)?.[1]
  const own = await hostAddresses(
    [vch.publishedAddress, endpointHost].filter((text) => text !== undefined),
    {signal},
  )
  let strangers: readonly string[] | undefined
  for (let look = 1; look <= LOOKS; look += 1) {
    const clients = await connectedClients(adapters.server, server.container.id, {signal})
    strangers = clients?.filter((address) => !own.includes(canonicalAddress(address)))
    if (strangers === undefined || strangers.length === 0 || look === LOOKS) break
    await delay(PAUSE_MS, undefined, {signal})
  }
  return strangers
}

/** Looks at who uses a share right now: volumes and containers of the stores, and connections to its server. */
export async function lookAtUse(
  adapters: Adapters,
  vch: ConsumerVch,
  options: {
    readonly servers: readonly ServerContainer[]
    readonly labels: readonly string[]
    readonly signal: AbortSignal
  },
): Promise<ShareUse> {
  const {servers, labels, signal} = options
  const stores: StoreUse[] = []
  for (const label of labels) stores.push(await useOf(adapters.consumer, label, signal))
  const seen: (readonly string[] | undefined)[] = []
  for (const server of servers) seen.push(await strangersOf(adapters, server, {vch, signal}))
  const known = seen.filter((clients) => clients !== undefined)
  const isSeen = servers.length > 0 && known.length === servers.length
  return {vch: vch.name, stores, clients: isSeen ? known.flat() : null}
}

/** What is used, in words; empty when nothing is. */
function inUse(use: ShareUse, which: 'all' | 'running') {
  const containers = use.stores.flatMap(({volumes}) =>
    volumes.flatMap(({name: volume, containers: on}) =>
      on.filter(({state}) => which === 'all' || !AT_REST.has(state)).map((container) => ({...container, volume})),
    ),
  )
  return {containers, clients: use.clients ?? []}
}

/** A few words about who has what on the share, for reasons. */
export function useInWords({stores}: ShareUse): string {
  const volumes = stores.flatMap((store) => store.volumes)
  if (volumes.length === 0) return 'No volume is on it.'
  const containers = volumes.flatMap((volume) => volume.containers)
  const names = volumes.slice(0, 5).map(({name}) => name)
  const more = volumes.length > names.length ? ', …' : ''
  return `On it: ${volumes.length} volume(s) (${names.join(', ')}${more}), used by ${containers.length} container(s).`
}

function connected(share: string, clients: readonly string[], details: Readonly<Record<string, unknown>>): VicnfsError {
  return new VicnfsError('VN-IN-USE', `${clients.length} client(s) are connected to the share "${share}".`, {
    reason: `They come from ${clients.slice(0, 10).join(', ')}, and would hang without their server: unmount it there.`,
    details,
  })
}

/** What becomes of those that use a share without its server (DESIGN § 3.4). */
const DANGER = {
  all: 'Without its server what they read and write hangs, and their volumes are out of reach for good.',
  running: 'What they read and write would hang while nobody serves.',
} as const

function connections(clients: readonly string[]): string[] {
  return clients.length === 0 ? [] : [`Connected to its server: ${clients.slice(0, 10).join(', ')}.`]
}

/** Refuses while anybody is connected to a share that no VCH lists. @throws VN-IN-USE */
export async function refuseConnected(adapters: Adapters, server: ServerContainer, signal: AbortSignal): Promise<void> {
  const clients = (await strangersOf(adapters, server, {vch: adapters.consumer, signal})) ?? []
  if (clients.length > 0) throw connected(server.request.name, clients, {clients})
}

/**
 * Refuses while somebody uses the share: containers with a volume of it, running or not (those that are to lose it), or
 * running ones only (those that would hang meanwhile), and other clients with a connection.
 * @throws VN-IN-USE
 */
export function refuseInUse(
  adapters: Pick<Adapters, 'consumer' | 'server'>,
  use: ShareUse,
  options: {readonly which: 'all' | 'running'; readonly share: string},
): void {
  const {containers, clients} = inUse(use, options.which)
  if (containers.length === 0 && clients.length === 0) return
  const labels = use.stores.map(({label}) => label).join(', ')
  const used = containers.map(({name, volume, state}) => `${name} (${volume}, ${state})`)
  const details = {used, use}
  const [first] = containers
  if (first === undefined) throw connected(options.share, clients, details)
  const verb = options.which === 'all' ? ['rm', '-f'] : ['stop']
  const names = options.which === 'all' ? [first.name] : [...new Set(containers.map(({name}) => name))].slice(0, 10)
  throw new VicnfsError('VN-IN-USE', `${containers.length} container(s) use volumes of the store "${labels}".`, {
    reason: [`They are: ${used.slice(0, 10).join(', ')}.`, ...connections(clients), DANGER[options.which]].join(' '),
    tries: [dockerCommand(adapters.consumer.endpoint, [...verb, ...names])],
    details,
  })
}
