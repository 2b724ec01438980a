import type {Journal} from '../journal/journal.js'
import type {OnEvent} from '../model/event.js'
import type {Transferred, TransferOptions} from '../nfs/copy/transfer-share.js'
import type {PreflightOptions, PreflightReport, ShareAddress} from '../nfs/preflight/report.js'
import type {ShareSession} from '../nfs/share-access.js'
import type {MountableShare, WaitOptions} from '../nfs/wait-until-mountable.js'
import type {FindChange, VchSelector, VicMachine} from '../vic-machine/vic-machine-api.js'
import type {VchApi} from '../vch/vch-api.js'

/** How a service is watched and stopped. */
export interface ServiceOptions {
  readonly signal?: AbortSignal
  readonly onEvent?: OnEvent
}

/** Asks for what is for good; resolves when consent is given. @throws VN-CONSENT-MISSING */
export type Confirm = (question: {
  readonly text: string
  readonly consequences: readonly string[]
  readonly flag: string
}) => Promise<void>

/** Time limits by what is waited for, milliseconds (DESIGN § 5). */
export interface TimeLimits {
  readonly readyTimeoutMs: number
  readonly vicMachineTimeoutMs: number
  readonly vchTimeoutMs: number
  readonly stepTimeoutMs: number
}

export type Standpoint = 'here' | 'vch'

/** A share that can be mounted, and from where that was seen; this machine when absent. */
export interface SeenShare extends Pick<MountableShare, 'attempts' | 'elapsedMs'> {
  readonly from?: Standpoint
}

/** The RPC side: preflight, waiting and files on a share, bound to one portmap port. */
export interface NfsAccess {
  readonly portmapPort: number
  preflight(address: ShareAddress, options?: PreflightOptions): Promise<PreflightReport>
  waitUntilMountable(address: ShareAddress, options: WaitOptions): Promise<SeenShare>
  /** From where this share is looked at: this machine, also when absent, or a container of the consumer VCH. */
  standpoint?(address: ShareAddress, options: {readonly signal: AbortSignal}): Promise<Standpoint>
  /** Image of the containers that look from the VCH: there once one was to look. */
  readonly lookImage?: string
  openShare(
    address: ShareAddress,
    options: {readonly signal?: AbortSignal; readonly timeoutMs?: number},
  ): Promise<ShareSession>
  /** Copies a share into an empty one, and compares. @throws VN-MOVE-… */
  transferShare(
    from: ShareAddress,
    to: ShareAddress,
    options: Omit<TransferOptions, 'portmapPort'>,
  ): Promise<Transferred>
  /** The same text for as long as nobody changes anything on the share. @throws VN-MOVE-FAILED */
  digestShare(share: ShareAddress, options: Omit<TransferOptions, 'portmapPort'>): Promise<string>
}

/** vic-machine and the VCH that it is to change. */
export interface VicMachineAccess {
  readonly program: VicMachine
  readonly findChange: FindChange
  /** Host of the vCenter, without scheme, login and datacenter. */
  readonly vcenter: string
  readonly selector: VchSelector
}

/** Everything that services work on; a VCH, a Docker Engine and the sandbox look the same from here. */
export interface Adapters {
  /** Where the server container runs. */
  readonly server: VchApi
  /** Where the share is registered; the very same object when it is self-hosted. */
  readonly consumer: VchApi
  readonly selfHosted: boolean
  /** Whether two endpoint texts name the same Docker API (S10). */
  sameEndpoint(a: string, b: string, options: {readonly signal?: AbortSignal}): Promise<boolean>
  /** Asked for when first needed: `expose-volume` alone needs no vSphere setting. @throws VN-SETTING-MISSING */
  vicMachine(): Promise<VicMachineAccess>
  readonly hasVicMachine: boolean
  /** Its settings and the password are there, so that asking it needs no terminal. */
  readonly canAskVicMachine: boolean
  readonly nfs: NfsAccess
  readonly journal: Journal
  readonly stateDirectory: string
  readonly limits: TimeLimits
  readonly confirm: Confirm
}

/** What is needed where nothing is registered and no server is started. */
export interface ConsumerAdapters extends Pick<Adapters, 'consumer' | 'nfs' | 'journal' | 'stateDirectory'> {
  readonly limits: Pick<TimeLimits, 'readyTimeoutMs' | 'stepTimeoutMs'>
}
