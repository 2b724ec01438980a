import {LABELS, readShareLabels, ROLE_SERVER, type ShareChoice, type ShareRequest} from '../../model/share.js'
import {VicnfsError} from '../../model/vicnfs-error.js'
import type {CallOptions, VchApi, VchContainer} from '../../vch/vch-api.js'

/** A server container of ours with what its labels say. */
export interface ServerContainer {
  readonly container: VchContainer
  readonly request: ShareRequest
  readonly choice: ShareChoice
}

async function inspectServer(api: VchApi, id: string, options: CallOptions): Promise<ServerContainer | undefined> {
  const container = await api.inspectContainer(id, options)
  const labels = container === undefined ? undefined : readShareLabels(container.labels)
  return container === undefined || labels === undefined ? undefined : {container, ...labels}
}

/** The server container of a share, running or not; undefined when there is none. */
export async function findServer(
  api: VchApi,
  share: string,
  options: CallOptions,
): Promise<ServerContainer | undefined> {
  const labels = [`${LABELS.role}=${ROLE_SERVER}`, `${LABELS.share}=${share}`]
  for (const summary of await api.listContainers({labels}, options)) {
    const server = await inspectServer(api, summary.id, options)
    if (server !== undefined) return server
  }
  return undefined
}

/** Every server container of ours on this VCH. */
export async function listServers(api: VchApi, options: CallOptions): Promise<ServerContainer[]> {
  const summaries = await api.listContainers({labels: [`${LABELS.role}=${ROLE_SERVER}`]}, options)
  const servers = await Promise.all(summaries.map((summary) => inspectServer(api, summary.id, options)))
  return servers.filter((server) => server !== undefined)
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
    tries: running ? [`docker stop ${foreign.name}`, `docker rm ${foreign.name}`] : [`docker rm ${foreign.name}`],
    details: {container: foreign.name, image: foreign.image, state: foreign.state},
  })
}
