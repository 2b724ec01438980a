import type {VolumeStore} from '../../model/volume-store.js'

/** Trust level of a container network (facts/vch-docker-api.md § 4.3). */
export type TrustLevel = 'published' | 'open' | 'outbound' | 'closed' | 'peers'

export interface NetworkState {
  readonly name: string
  readonly id: string
  readonly driver: 'bridge' | 'external'
  readonly trust: TrustLevel
  /** Absent on a DHCP network, where the API shows no subnet. */
  readonly subnet?: string
  readonly gateway?: string
  readonly ipRange?: string
  /** DHCP network: where its addresses really come from, and after how long they show. */
  readonly dhcp?: {readonly range: string; readonly delayMs: number}
  /** DNS server of a container network with addresses of its own. */
  readonly dns?: string
  /** Name of its vSphere port group; `pg-<name>` when left out. */
  readonly portGroup?: string
  /** False for a bridge that was made through the Docker API; those can be removed and are not in `/info`. */
  readonly builtin?: boolean
}

export interface VolumeState {
  readonly name: string
  readonly driver: string
  readonly options: Readonly<Record<string, string>>
  readonly labels: Readonly<Record<string, string>>
  readonly store: string
  readonly createdAt: string
  /** Of a volume in an NFS store: why its metadata makes no sense to the personality. */
  readonly unreadable?: string
}

export type ContainerPower = 'created' | 'running' | 'exited'

/** A volume in a container, resolved when the container is made: its VM needs no port layer to start again. */
export interface ContainerMount {
  readonly volume: string
  readonly destination: string
  readonly readOnly: boolean
  /** Made for this container because it named a path only; removed with it on `v=1`. */
  readonly anonymous: boolean
  /** An NFS volume: host and exported path of its store; a VMDK volume has none. */
  readonly nfs?: {readonly host: string; readonly path: string}
}

export interface ContainerRecord {
  readonly id: string
  name: string
  readonly createdAt: string
  readonly image: string
  /** The create request as it came, without name. */
  readonly request: Readonly<Record<string, unknown>>
  readonly mounts: readonly ContainerMount[]
  /** Ignored HostConfig fields are echoed until the VCH restarts (knob 9). */
  hostConfigForgotten: boolean
  power: ContainerPower
  exitCode: number
  startedAt: string
  finishedAt: string
  readonly network: string
  /** Assigned address; kept from VIC 1.5.2 on until the container is removed. */
  address: string
  pid?: number
  /** Start time of `pid` (field 22 of /proc/PID/stat), so that a recycled pid is not taken for ours. */
  pidStartTicks?: string
}

/** What `guestinfo` of the endpoint VM holds; a snapshot copies it. */
export interface GuestInfo {
  readonly stores: readonly VolumeStore[]
  /** Unset on a VCH that was never configured. */
  readonly updateInProgress?: boolean
  /** Set by `configure --debug`; absent is 0. */
  readonly debugLevel?: number
}

export interface SnapshotState {
  /** Managed object id such as `snapshot-12`: two snapshots may share a name, never an id. */
  readonly id: string
  readonly name: string
  readonly guestInfo: GuestInfo
}

/** Delays and faults that a real VCH has too (facts/vch-docker-api.md § 9, knobs); milliseconds. */
export interface Knobs {
  readonly bootDelayMs: number
  readonly bootRetryMs: number
  readonly containerStartDelayMs: number
  readonly containerStopDelayMs: number
  readonly waitLimitMs: number
  /** How long a container start with an NFS volume on a dead server takes to fail. */
  readonly mountFailureDelayMs: number
  readonly guestShutdownMs: number
  /** How long after reading the flag UpdateInProgress configure sets it; 60 when left out. */
  readonly configureGapMs?: number
  /** What the VCH does with a store that fails at boot, apart from its release; the release decides when left out. */
  readonly failedStore?: 'skip' | 'exit'
}

/**
 * How a VCH guards its Docker API on TCP, in the words of `vic-machine create`: client certificates demanded, TLS
 * without them, plain HTTP.
 */
export type DockerSecurity = 'tlsverify' | 'no-tlsverify' | 'no-tls'

/** Everything that a sandbox remembers; kept in `state.json` of its directory (0700). */
export interface SandboxState {
  readonly schemaVersion: 1
  /** The VCH's name. */
  readonly name: string
  readonly vicVersion: string
  /** Release of the vic-machine stand-in; the VCH's own unless a test says otherwise. */
  readonly vicMachineVersion: string
  readonly vmId: string
  /** vCenter host, unique to this sandbox, never resolvable. */
  readonly target: string
  readonly thumbprint: string
  readonly socketPath: string
  /** A Docker API on TCP at the public address; absent: the unix socket. */
  readonly listener?: {readonly security: DockerSecurity; readonly port: number}
  /** Address of the endpoint VM: published ports, `VCH Admin Portal`. */
  readonly publicAddress: string
  readonly portmapPort: number
  readonly knobs: Knobs
  readonly networks: NetworkState[]
  readonly volumes: VolumeState[]
  readonly containers: ContainerRecord[]
  readonly images: string[]
  /** Names of the datastores that volume stores may lie on. */
  readonly datastores: readonly string[]
  power: 'on' | 'off'
  /** Ids of the containers that a stop of the sandbox ended: the next start powers them on again. */
  resume?: string[]
  guestInfo: GuestInfo
  snapshots: SnapshotState[]
}

/** Fixed login of the stand-in; no secret (DESIGN § 7). */
export const SANDBOX_USER = 'administrator@vsphere.local'
export const SANDBOX_PASSWORD = 'sandbox'
