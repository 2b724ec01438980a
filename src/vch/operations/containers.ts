import type {Door} from '../door/door.js'
import {pathPart, withQuery} from '../door/request.js'
import {isMissing, unless, type ApiFailure} from '../failures/api-failure.js'
import {explainContainerCreate} from '../failures/container-error.js'
import {notDockerError} from '../failures/general-error.js'
import type {CallOptions, ContainerFilter, ContainerRequest, ContainerSummary, VchContainer} from '../vch-api.js'
import {containerBody} from './container-body.js'
import {containerView, summaryView, type RawContainer, type RawListed} from './container-view.js'

const READ_LIMIT_MS = 60_000
/** Creation makes a virtual machine. */
const CREATE_LIMIT_MS = 300_000

/** Containers in every state that match all of the filter. */
export async function listContainers(
  door: Door,
  filter: ContainerFilter,
  options?: CallOptions,
): Promise<readonly ContainerSummary[]> {
  return door.call({doing: 'list its containers', limitMs: READ_LIMIT_MS}, options, async (docker, signal) => {
    const filters = listFilters(filter)
    const raw = (await docker.listContainers({all: true, filters, abortSignal: signal})) as unknown as RawListed[]
    if (!Array.isArray(raw)) throw notDockerError(door.endpoint)
    const found = raw.map(summaryView)
    // The API takes a name as a regular expression that may match any part.
    return filter.name === undefined ? found : found.filter(({name}) => name === filter.name)
  })
}

function listFilters({labels, volume, network, name}: ContainerFilter): Record<string, string[]> {
  return {
    ...(labels === undefined || labels.length === 0 ? {} : {label: [...labels]}),
    ...(volume === undefined ? {} : {volume: [volume]}),
    ...(network === undefined ? {} : {network: [network]}),
    ...(name === undefined ? {} : {name: [name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')]}),
  }
}

export async function inspectContainer(
  door: Door,
  idOrName: string,
  options?: CallOptions,
): Promise<VchContainer | undefined> {
  const kind = {doing: `inspect container ${idOrName}`, limitMs: READ_LIMIT_MS}
  return door.call(kind, options, async (docker, signal) => {
    const raw = await unless(isMissing, docker.getContainer(pathPart(idOrName)).inspect({abortSignal: signal}))
    if (raw === undefined) return undefined
    if (typeof raw.Id !== 'string') throw notDockerError(door.endpoint)
    return containerView(raw as unknown as RawContainer)
  })
}

/** @returns the id of the new container, which is not started */
export async function createContainer(door: Door, request: ContainerRequest, options?: CallOptions): Promise<string> {
  const body = containerBody(request)
  const kind = {
    doing: `make container ${request.name ?? `of ${request.image}`}`,
    limitMs: CREATE_LIMIT_MS,
    explain: (failure: ApiFailure) => explainContainerCreate(failure, request),
  }
  return door.call(kind, options, async (docker, signal) => {
    const query = request.name === undefined ? {} : {name: request.name}
    const container = await docker.createContainer(withQuery(query, body, signal))
    if (typeof container.id !== 'string') throw notDockerError(door.endpoint)
    return container.id
  })
}
