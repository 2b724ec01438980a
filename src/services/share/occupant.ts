import type {RecordedConsumer} from '../../model/consumer-record.js'
import {
  LABELS,
  parkedEnvironment,
  parkedLabels,
  ROLE_PARKED,
  ROLE_SERVER,
  serverEnvironment,
  serverName,
  serverPorts,
  shareLabels,
  type ShareChoice,
  type ShareRequest,
} from '../../model/share.js'
import type {ContainerRequest, VchInfo} from '../../vch/vch-api.js'
import type {ParkedContainer, ServerContainer} from './find-server.js'

/**
 * What stands, or is to stand, at the address of a share: all that it takes to make its container (again), and nothing
 * secret, so that the journal can keep it.
 */
export interface Occupant {
  readonly role: typeof ROLE_SERVER | typeof ROLE_PARKED
  readonly request: ShareRequest
  readonly choice: ShareChoice
  /** Of a parked server: who has the share as a store. */
  readonly records?: readonly RecordedConsumer[]
  /** Settings of the image that its container was made with, where they are known. */
  readonly settings?: Readonly<Record<string, string>>
}

/** Capabilities that the server needs on a plain Docker Engine; a VCH ignores them (DESIGN § 5). */
const ENGINE_CAPABILITIES = ['DAC_READ_SEARCH', 'SYS_ADMIN']
const SERVER_MEMORY_MB = 1024
const STOP_TIMEOUT_S = 30

/** Settings of the server image (docs/server-image.md). The rest of a container's environment is the image's own. */
const SETTINGS = new Set([
  ...['EXPORT_FOLDER', 'MOUNTD_PORT', 'LOCKD_PORT', 'EXPORT_OPTS', 'NFS_BACKEND', 'NFSD_THREADS', 'REQUIRE_MOUNT'],
  ...['EXPORT_UID', 'EXPORT_GID', 'EXPORT_MODE', 'EXPORT_FSID', 'PARKED', 'PARKED_DIRECTORIES'],
])

function settingsOf(env: readonly string[]): Record<string, string> {
  const pairs = env.map((item) => [item.slice(0, item.indexOf('=')), item.slice(item.indexOf('=') + 1)] as const)
  return Object.fromEntries(pairs.filter(([name]) => SETTINGS.has(name)))
}

/** A container as that which can be made again from its labels and environment (S4). */
export function occupantOf(found: ServerContainer | ParkedContainer): Occupant {
  const {request, choice, container} = found
  const records = 'records' in found ? {records: found.records ?? []} : {}
  const role = 'records' in found ? ROLE_PARKED : ROLE_SERVER
  return {role, request, choice, ...records, settings: settingsOf(container.env)}
}

/** Directories of the share that are stores of their own, by its records. */
export function storeDirectories(records: readonly RecordedConsumer[]): string[] {
  return [...new Set(records.map(({folder}) => folder).filter((folder) => folder !== ''))].sort()
}

function environmentOf({role, request, choice, records = [], settings = {}}: Occupant): Record<string, string> {
  const environment =
    role === ROLE_PARKED
      ? parkedEnvironment(request, choice, storeDirectories(records))
      : serverEnvironment(request, choice)
  return {...environment, ...settings}
}

function labelsOf({role, request, choice, records = []}: Occupant): Record<string, string> {
  return role === ROLE_PARKED ? parkedLabels(request, choice, records) : shareLabels(request, choice)
}

/**
 * The container of an occupant. Real and parked server have one name, so that there can never be both.
 * @param options.run which run makes it: by this the container is known again
 */
export function containerRequest(
  occupant: Occupant,
  options: {readonly info: VchInfo; readonly run: string},
): ContainerRequest {
  const {role, request, choice} = occupant
  const onEngine = options.info.kind === 'docker-engine'
  const hasVolume = role === ROLE_SERVER && !request.scratch
  return {
    name: serverName(request.name),
    image: request.image,
    env: {...environmentOf(occupant), ...(onEngine ? {NFS_BACKEND: 'ganesha'} : {})},
    labels: {...labelsOf(occupant), [LABELS.run]: options.run},
    binds: hasVolume ? [{volume: request.name, destination: request.exportFolder}] : [],
    network: choice.network,
    ...(choice.address === null ? {} : {address: choice.address}),
    ports: serverPorts(request),
    memoryMb: SERVER_MEMORY_MB,
    stopTimeoutS: STOP_TIMEOUT_S,
    ...(onEngine ? {capabilities: ENGINE_CAPABILITIES} : {}),
  }
}
