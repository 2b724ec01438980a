import type {ShareAddress} from '../../nfs/preflight/report.js'
import type {SettleConsents} from './settle.js'

export interface RegisterConsents extends SettleConsents {
  readonly allowSelfHosted: boolean
  readonly addressReserved: boolean
  readonly adoptStore: boolean
}

/** One store that is wanted. */
export interface RegisterWish {
  readonly label: string
  readonly place: ShareAddress
  /** Name of the share, when the server container is one of ours; only for what is said. */
  readonly share?: string
  /** The command that starts its server container again; only for what is said. */
  readonly startCommand?: string
  /** The place is this directory of a share, made for this VCH alone. */
  readonly directory?: {readonly name: string; readonly root: ShareAddress}
  /** The consumer VCH itself serves it; absent: as the adapters say. Shares of one registration may differ. */
  readonly selfHosted?: boolean
}

/** Stores that are wanted on one VCH, all by one configure. */
export interface Registration {
  readonly wishes: readonly RegisterWish[]
  readonly consents: RegisterConsents
  readonly dryRun?: boolean
  /** Image of the proof that follows: without it on the VCH nothing is configured. */
  readonly proofImage?: string
  /** Shares that this machine cannot reach are looked at by a container of this image on the consumer VCH. */
  readonly fromVch?: {readonly image: string} | undefined
  /** The command that asks for the whole of it, where that is not one register-store for each label. */
  readonly command?: readonly string[] | undefined
}
