import {mount, unmount} from '../client/mount.js'
import {nfs3Client, type Nfs3Client} from '../client/nfs3-client.js'
import {getPort, PORTMAP_PORT} from '../client/portmap.js'
import {connectRpc, type CallOptions, type RpcConnection} from '../client/rpc-connection.js'
import {RpcError} from '../client/rpc-error.js'
import {MOUNT, NFS, type Credential} from '../wire/rpc-message.js'
import type {Standpoint} from './diagnosis.js'
import type {PreflightOptions, ShareAddress} from './report.js'

const DEFAULT_RUNG_TIMEOUT_MS = 5000
const CLEAN_UP_TIMEOUT_MS = 1000

type Service = 'mountd' | 'nfsd'

const PROGRAMS = {mountd: MOUNT, nfsd: NFS} as const

/** One climb of the ladder: what is open, and where it stands, for the diagnosis. */
export interface Climb {
  readonly address: ShareAddress
  readonly credential: Credential
  readonly portmapPort: number
  readonly rungTimeoutMs: number
  readonly signal: AbortSignal | undefined
  rungDeadlineMs: number
  service: Standpoint['service']
  port: number
  /** For each connection to mountd and nfsd: whether its source port was below 1024. */
  readonly privileged: boolean[]
  readonly ports: Partial<Record<Service, number>>
  mountd: RpcConnection | undefined
  nfsd: RpcConnection | undefined
  root: Buffer | undefined
}

export function startClimb(address: ShareAddress, options: PreflightOptions): Climb {
  const {uid, gid} = address
  const portmapPort = options.portmapPort ?? PORTMAP_PORT
  return {
    address,
    // Machine name and groups as a VCH sends them (facts/vic-machine.md § 6.1).
    credential: {flavor: 'sys', machine: 'vic', uid, gid, gids: [0]},
    portmapPort,
    rungTimeoutMs: options.rungTimeoutMs ?? DEFAULT_RUNG_TIMEOUT_MS,
    signal: options.signal,
    rungDeadlineMs: 0,
    service: 'port mapper',
    port: portmapPort,
    privileged: [],
    ports: {},
    mountd: undefined,
    nfsd: undefined,
    root: undefined,
  }
}

export const sourceIsPrivileged = ({privileged}: Climb): boolean => privileged.length > 0 && !privileged.includes(false)

export function standpointOf(climb: Climb): Standpoint {
  const {address, portmapPort, rungTimeoutMs, service, port} = climb
  return {...address, portmapPort, rungTimeoutMs, service, port, privilegedPort: sourceIsPrivileged(climb)}
}

/** What is left of the rung's deadline, for the next call. */
export function callOptions(climb: Climb): CallOptions & {readonly timeoutMs: number} {
  return {signal: climb.signal, timeoutMs: Math.max(1, Math.ceil(climb.rungDeadlineMs - performance.now()))}
}

/** GETPORT of one of the two programs. @returns the port */
export async function findPort(climb: Climb, service: Service): Promise<number> {
  climb.service = 'port mapper'
  climb.port = climb.portmapPort
  const options = {...callOptions(climb), portmapPort: climb.portmapPort}
  const port = await getPort(climb.address.host, PROGRAMS[service], options)
  climb.service = service
  climb.port = port
  if (port === 0) throw new RpcError('not-registered', `${service} is not registered`)
  climb.ports[service] = port
  return port
}

/** Connects to a program whose port is known, from a source port below 1024 where allowed, as a VCH does. */
export async function connectService(climb: Climb, service: Service): Promise<RpcConnection> {
  const port = climb.ports[service] ?? 0
  climb.service = service
  climb.port = port
  const connection = await connectRpc(climb.address.host, port, {...callOptions(climb), privilegedPort: true})
  climb.privileged.push(connection.privilegedPort)
  return connection
}

/** MNT of the export. @returns the kinds of credential that mountd names for it (RFC 1813 § 5.2.1) */
export async function mountRoot(climb: Climb): Promise<readonly number[]> {
  climb.mountd = await connectService(climb, 'mountd')
  const {path} = climb.address
  const granted = await mount(climb.mountd, path, {...callOptions(climb), credential: climb.credential})
  climb.root = granted.handle
  return granted.flavors
}

/** The NFS client and the root's handle; both are there once `nfsd` has passed. */
export function mounted(climb: Climb): {readonly nfs: Nfs3Client; readonly root: Buffer} {
  if (climb.nfsd === undefined || climb.root === undefined) throw new Error('nothing is mounted on this rung')
  return {nfs: nfs3Client(climb.nfsd, climb.credential), root: climb.root}
}

/** UMNT, and both connections closed, so that the opening can be climbed again. */
export async function unmountRoot(climb: Climb): Promise<void> {
  const {mountd, credential} = climb
  if (mountd === undefined) throw new Error('nothing is mounted on this rung')
  climb.service = 'mountd'
  climb.port = climb.ports.mountd ?? 0
  await unmount(mountd, climb.address.path, {...callOptions(climb), credential})
  closeConnections(climb)
}

function closeConnections(climb: Climb): void {
  climb.mountd?.close()
  climb.nfsd?.close()
  climb.mountd = undefined
  climb.nfsd = undefined
  climb.root = undefined
}

/** Leaves nothing open: UMNT if something is mounted and mountd still answers; never throws. */
export async function release(climb: Climb): Promise<void> {
  const {mountd, credential, root} = climb
  if (mountd !== undefined && root !== undefined && climb.signal?.aborted !== true) {
    const options = {timeoutMs: CLEAN_UP_TIMEOUT_MS, signal: climb.signal, credential}
    await unmount(mountd, climb.address.path, options).catch(() => undefined)
  }
  closeConnections(climb)
}
