import {parseRecordedConsumers, type RecordedConsumer} from '../../model/consumer-record.js'
import {
  LABELS,
  readShareLabels,
  ROLE_PARKED,
  ROLE_SERVER,
  type ShareChoice,
  type ShareRequest,
} from '../../model/share.js'
import {canonicalAddress} from '../../model/ip-address.js'
import {dockerCommand} from '../../model/docker-command.js'
import {VicnfsError} from '../../model/vicnfs-error.js'
import type {CallOptions, VchApi, VchContainer} from '../../vch/vch-api.js'
import {hostAddresses} from '../registration/host-addresses.js'
import {pathRelation} from '../registration/store-place.js'

/** A server container of ours with what its labels say. */
export interface ServerContainer {
  readonly container: VchContainer
  readonly request: ShareRequest
  readonly choice: ShareChoice
}

/** An empty stand-in for a server container: the VCH boots on it, and the volume is free. */
export interface ParkedContainer extends ServerContainer {
  /** Who has the share as a store, as its label says; undefined when that cannot be understood. */
  readonly records: readonly RecordedConsumer[] | undefined
}

type Role = typeof ROLE_SERVER | typeof ROLE_PARKED

async function inspectAs(
  api: VchApi,
  id: string,
  options: CallOptions & {readonly role: Role},
): Promise<ServerContainer | undefined> {
  const {role, ...call} = options
  const container = await api.inspectContainer(id, call)
  const labels = container === undefined ? undefined : readShareLabels(container.labels, role)
  return container === undefined || labels === undefined ? undefined : {container, ...labels}
}

async function listAs(
  api: VchApi,
  options: CallOptions & {readonly role: Role; readonly share?: string},
): Promise<ServerContainer[]> {
  const {role, share, ...call} = options
  const labels = [`${LABELS.role}=${role}`, ...(share === undefined ? [] : [`${LABELS.share}=${share}`])]
  const summaries = await api.listContainers({labels}, call)
  const servers = await Promise.all(summaries.map(({id}) => inspectAs(api, id, {role, ...call})))
  // Not every server heeds a filter by label.
  return servers.filter(
    (server) => server !== undefined && (share === undefined || server.request.name === share),
  ) as ServerContainer[]
}

function withRecords(parked: ServerContainer): ParkedContainer {
  return {...parked, records: parseRecordedConsumers(parked.container.labels[LABELS.records])}
}

/** The server container of a share, running or not; undefined when there is none. */
export async function findServer(
  api: VchApi,
  share: string,
  options: CallOptions,
): Promise<ServerContainer | undefined> {
  return (await listAs(api, {...options, role: ROLE_SERVER, share}))[0]
}

/** Every server container of ours on this VCH. */
export async function listServers(api: VchApi, options: CallOptions): Promise<ServerContainer[]> {
  return listAs(api, {...options, role: ROLE_SERVER})
}

/** The parked server of a share, running or not; undefined when the share is not parked. */
export async function findParked(
  api: VchApi,
  share: string,
  options: CallOptions,
): Promise<ParkedContainer | undefined> {
  return (await listParked(api, {...options, share}))[0]
}

/** Every parked server of ours on this VCH. */
export async function listParked(
  api: VchApi,
  options: CallOptions & {readonly share?: string},
): Promise<ParkedContainer[]> {
  return (await listAs(api, {...options, role: ROLE_PARKED})).map(withRecords)
}

/**
 * Where clients reach a server container: its own address on a container network, the address that its ports are
 * published at on a bridge; empty while none is known.
 */
export function reachableAddress(container: VchContainer, choice: ShareChoice): string {
  const own = container.addresses[choice.network] ?? ''
  return choice.external || container.publishedAddress === '' ? own : container.publishedAddress
}

/** The same for a server container that was found. */
export function addressOf(server: ServerContainer): string {
  return reachableAddress(server.container, server.choice)
}

/** Whether the share of a server container is at this place, or above it. */
export function serves(server: ServerContainer, addresses: readonly string[], path: string): boolean {
  const {exportFolder} = server.request
  return addresses.includes(addressOf(server)) && (path === exportFolder || path.startsWith(`${exportFolder}/`))
}

/**
 * Those of our server containers, real or parked, running or not, that a store needs: by the addresses that its host stands
 * for, as it may be registered by name.
 * @throws the reason of the signal
 */
export async function serversOf<T extends ServerContainer>(
  servers: readonly T[],
  store: {readonly host: string; readonly path: string},
  options: {readonly signal: AbortSignal},
): Promise<T[]> {
  const near = servers.filter(({request}) => ['same', 'below'].includes(pathRelation(store.path, request.exportFolder)))
  if (near.length === 0) return []
  const addresses = await hostAddresses([store.host], options)
  return near.filter((server) =>
    [addressOf(server), server.choice.address ?? ''].some((each) => addresses.includes(canonicalAddress(each))),
  )
}

/**
 * Refuses when a container that is not ours is on the volume, running or not: starting it later would take the volume.
 * @throws VN-SHARE-FOREIGN
 */
export async function refuseForeign(api: VchApi, request: ShareRequest, options: CallOptions): Promise<void> {
  if (request.scratch) return
  const onVolume = await api.listContainers({volume: request.name}, options)
  const foreign = onVolume.find((each) => each.labels[LABELS.role] !== ROLE_SERVER)
  if (foreign === undefined) return
  const running = foreign.state === 'running' || foreign.state === 'starting'
  throw new VicnfsError('VN-SHARE-FOREIGN', `The container "${foreign.name}" is on the volume "${request.name}".`, {
    reason: running
      ? 'It is running, and a VMDK volume is attached to one running container at a time.'
      : 'It is not running, but it would take the volume away from the share when it is started.',
    tries: (running ? ['stop', 'rm'] : ['rm']).map((verb) => dockerCommand(api.endpoint, [verb, foreign.name])),
    details: {container: foreign.name, image: foreign.image, state: foreign.state},
  })
}
