import type {GuestReport} from '../endpoint-vm/endpoint-vm-api.js'
import type {GuestInfo, NetworkState} from '../state/sandbox-state.js'

/** A fault as vCenter reports it; `fault` is the vSphere type's name, such as `InvalidPowerState`. */
export class VimFault extends Error {
  constructor(
    readonly fault: string,
    message: string,
  ) {
    super(message)
    this.name = 'VimFault'
  }
}

/** What vCenter says to a task of snapshots that is given a VM (transcripts version-v1.2.1-failure-rolled-back). */
export function notASnapshot(vmId: string): VimFault {
  return new VimFault(
    'MethodNotFound',
    `ServerFaultCode: VirtualMachine:${vmId} does not implement: RemoveSnapshot_Task`,
  )
}

export interface Cluster {
  readonly name: string
  /** Managed object id of its root resource pool, such as `resgroup-19`. */
  readonly pool: string
  readonly hosts: readonly string[]
}

export interface Datacenter {
  readonly name: string
  readonly clusters: readonly Cluster[]
}

/** What vCenter shows to anybody who connects, before the login. */
export interface VCenterAbout {
  readonly host: string
  /** SHA-1 of its certificate, upper case with colons. */
  readonly thumbprint: string
  readonly instanceId: string
}

export interface Inventory {
  readonly datacenters: readonly Datacenter[]
  readonly datastores: readonly string[]
}

/** Where a VCH's Docker API answers. */
export type DockerEndpoint =
  | {readonly kind: 'unix'; readonly path: string}
  | {
      readonly kind: 'tcp'
      readonly host: string
      readonly port: number
      readonly tls: boolean
      /** The server's certificate, PEM. */
      readonly hostCertificate?: string
      /** Certificate of the authority whose clients are let in, PEM; every client without one. */
      readonly clientAuthority?: string
    }

/** A VM as vic-machine reads it from vCenter; everything of a VCH is in its guestinfo. */
export interface VchRecord {
  readonly id: string
  readonly name: string
  readonly isVch: boolean
  readonly datacenter: string
  readonly cluster: string
  readonly hosts: readonly string[]
  /** `v1.5.8-10000-2c978fe` */
  readonly version: string
  readonly power: 'on' | 'off'
  readonly guestInfo: GuestInfo
  readonly endpoint: DockerEndpoint
  readonly publicAddress: string
  readonly networks: readonly NetworkState[]
  /** DNS servers of the endpoint VM, where it has an address of its own. */
  readonly dnsServers?: readonly string[]
  /** vCenter host and thumbprint that the VCH itself keeps. */
  readonly target: string
  readonly thumbprint: string
  /** Knob of a sandbox. */
  readonly configureGapMs?: number
}

export interface Snapshot {
  readonly id: string
  readonly name: string
}

export interface CallOptions {
  readonly signal?: AbortSignal
}

/** What vCenter offers to vic-machine. Calls other than `about` need a login before; all may throw VimFault. */
export interface VCenter {
  about(options?: CallOptions): Promise<VCenterAbout>
  /** @throws VimFault InvalidLogin */
  login(user: string, password: string, options?: CallOptions): Promise<void>
  inventory(options?: CallOptions): Promise<Inventory>
  /** Every VM that vic-machine can see. */
  listVms(options?: CallOptions): Promise<readonly VchRecord[]>
  readVch(id: string, options?: CallOptions): Promise<VchRecord>
  setUpdateInProgress(id: string, value: boolean, options?: CallOptions): Promise<void>
  /** Oldest first; the last one is the current one. */
  listSnapshots(id: string, options?: CallOptions): Promise<readonly Snapshot[]>
  createSnapshot(id: string, name: string, options?: CallOptions): Promise<Snapshot>
  /** Without memory: the VM is off afterwards. @throws VimFault when the name stands for none or for several */
  revertToSnapshot(id: string, name: string, options?: CallOptions): Promise<void>
  /** @throws VimFault when the id is not that of a snapshot, as where vic-machine hands in the VM's */
  deleteSnapshot(id: string, snapshotId: string, options?: CallOptions): Promise<void>
  /** Guest shutdown, then off; nothing happens to a VM that is off. */
  shutdownGuest(id: string, options?: CallOptions): Promise<void>
  /** New guestinfo for a VM; what is left out stays. @throws VimFault TaskInProgress, which vic-machine tries again */
  reconfigure(id: string, change: Pick<GuestInfo, 'stores' | 'debugLevel'>, options?: CallOptions): Promise<void>
  /** @throws VimFault InvalidPowerState when it is on */
  powerOn(id: string, options?: CallOptions): Promise<void>
  guestReport(id: string, options?: CallOptions): Promise<GuestReport>
}
