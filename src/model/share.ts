import type {RecordedConsumer} from './consumer-record.js'

/** Ports of the server image (DESIGN § 8); 111 and 2049 are fixed. */
export const PORTMAP_PORT = 111
export const NFSD_PORT = 2049
export const DEFAULT_MOUNTD_PORT = 32_767
export const DEFAULT_LOCKD_PORT = 32_768

export const SQUASH_MODES = ['no_root_squash', 'root_squash', 'all_squash'] as const
export type SquashMode = (typeof SQUASH_MODES)[number]

/** What the operator asked for; kept as a label and compared field by field (DESIGN § 5). */
export interface ShareRequest {
  /** The volume that the share is on, or the name of the scratch space. */
  readonly name: string
  readonly scratch: boolean
  readonly image: string
  /** null: not asked for, any will do. */
  readonly network: string | null
  readonly address: string | null
  readonly exportFolder: string
  readonly mountdPort: number
  readonly lockdPort: number
  /** The operator's own EXPORT_OPTS; null: made from `allow` and `squash`. */
  readonly exportOptions: string | null
  readonly allow: readonly string[]
  readonly squash: SquashMode
  readonly uid: number
  readonly gid: number
  /** Only clients with a source port below 1024 may mount. */
  readonly securePorts: boolean
}

/** What vicnfs chose itself: re-used, never compared. */
export interface ShareChoice {
  readonly network: string
  /** The network is a container network: the share is reached at the server container's own address. */
  readonly external: boolean
  /** Address asked for explicitly; null where the network hands one out (DHCP, no gateway). */
  readonly address: string | null
  /** This machine's own source address, added to `allow`. */
  readonly ownAddress: string | null
}

export const LABELS = {
  role: 'vicnfs.role',
  share: 'vicnfs.share',
  request: 'vicnfs.request',
  choice: 'vicnfs.choice',
  /** Of a parked server: who has the share as a store, since the records themselves are on the volume. */
  records: 'vicnfs.records',
  /** Of which run a container is: only that run may take it back. */
  run: 'vicnfs.run',
  /** When a proof or a check began, ISO 8601. */
  started: 'vicnfs.started',
} as const

export const ROLE_SERVER = 'server'
/** An empty stand-in at the address of a server container, without the volume. */
export const ROLE_PARKED = 'parked'
export const ROLE_VERIFY = 'verify'
export const ROLE_CHECK = 'check'

/** Name of the server container of a share. */
export function serverName(shareName: string): string {
  return `vicnfs-${shareName}`
}

/** Labels of a server container; no secrets. */
export function shareLabels(request: ShareRequest, choice: ShareChoice): Record<string, string> {
  return {
    [LABELS.role]: ROLE_SERVER,
    [LABELS.share]: request.name,
    [LABELS.request]: JSON.stringify(request),
    [LABELS.choice]: JSON.stringify(choice),
  }
}

/** Labels of a parked server: those of the server that it stands in for, and the records of its share. */
export function parkedLabels(
  request: ShareRequest,
  choice: ShareChoice,
  records: readonly RecordedConsumer[],
): Record<string, string> {
  return {
    ...shareLabels(request, choice),
    [LABELS.role]: ROLE_PARKED,
    [LABELS.records]: JSON.stringify(records),
  }
}

/** @returns undefined when the labels are not those of a server container of ours in this role */
export function readShareLabels(
  labels: Readonly<Record<string, string>>,
  role: typeof ROLE_SERVER | typeof ROLE_PARKED = ROLE_SERVER,
): {readonly request: ShareRequest; readonly choice: ShareChoice} | undefined {
  if (labels[LABELS.role] !== role) return undefined
  try {
    const request = JSON.parse(labels[LABELS.request] ?? '') as ShareRequest
    const choice = JSON.parse(labels[LABELS.choice] ?? '') as ShareChoice
    return {request, choice}
  } catch {
    return undefined
  }
}

/**
 * Fields in which a new request differs from the one that the server was started with; null means no opinion.
 * Naming what was chosen then is no difference.
 */
export function requestDifferences(
  kept: {readonly request: ShareRequest; readonly choice: ShareChoice},
  wanted: ShareRequest,
): {readonly field: string; readonly is: string; readonly wanted: string}[] {
  const {request, choice} = kept
  const is: ShareRequest = {
    ...request,
    network: request.network ?? choice.network,
    address: request.address ?? choice.address,
  }
  const fields = Object.keys(wanted) as (keyof ShareRequest)[]
  return fields
    .filter((field) => wanted[field] !== null && JSON.stringify(is[field]) !== JSON.stringify(wanted[field]))
    .map((field) => ({field, is: JSON.stringify(is[field] ?? null), wanted: JSON.stringify(wanted[field])}))
}

/** EXPORT_OPTS for the server image: the operator's own, or one entry per allowed client (DESIGN § 5). */
export function exportOptionsOf(request: ShareRequest, choice: ShareChoice): string {
  if (request.exportOptions !== null) return request.exportOptions
  const options = ['rw', 'sync', 'no_subtree_check', request.securePorts ? 'secure' : 'insecure', request.squash]
  if (request.squash === 'all_squash') options.push(`anonuid=${request.uid}`, `anongid=${request.gid}`)
  const clients = request.allow.length === 0 ? ['*'] : [...request.allow]
  if (request.allow.length > 0 && choice.ownAddress !== null) clients.push(choice.ownAddress)
  return clients.map((client) => `${client}(${options.join(',')})`).join(' ')
}

/** Environment of the server container (settings of the image, DESIGN § 8). */
export function serverEnvironment(request: ShareRequest, choice: ShareChoice): Record<string, string> {
  return {
    EXPORT_FOLDER: request.exportFolder,
    MOUNTD_PORT: String(request.mountdPort),
    LOCKD_PORT: String(request.lockdPort),
    EXPORT_OPTS: exportOptionsOf(request, choice),
    EXPORT_UID: String(request.uid),
    EXPORT_GID: String(request.gid),
    ...(request.scratch ? {} : {REQUIRE_MOUNT: '1'}),
  }
}

/**
 * Environment of a parked server in its place: it serves the same path in the same way, but nothing of the volume.
 * @param directories of the share that are stores of their own, relative to it
 */
export function parkedEnvironment(
  request: ShareRequest,
  choice: ShareChoice,
  directories: readonly string[],
): Record<string, string> {
  const {REQUIRE_MOUNT: _volume, ...environment} = serverEnvironment({...request, scratch: false}, choice)
  return {
    ...environment,
    PARKED: '1',
    ...(directories.length === 0 ? {} : {PARKED_DIRECTORIES: directories.join(':')}),
  }
}

/** TCP ports that the server container publishes. */
export function serverPorts(request: ShareRequest): number[] {
  return [PORTMAP_PORT, NFSD_PORT, request.mountdPort, request.lockdPort]
}

/** The URL of a share as a volume store takes it; uid and gid always stand in it. */
export function shareUrl(place: {host: string; path: string; uid: number; gid: number}): string {
  const path = place.path.split('/').map(encodeURIComponent).join('/')
  return `nfs://${place.host}${path}?uid=${place.uid}&gid=${place.gid}`
}

/** A label for the store of a share where nobody has named one: of the characters that vic-machine takes. */
export function usualLabel(share: string): string {
  return `${share.replaceAll(/[^A-Za-z0-9_-]/g, '-')}-store`
}
