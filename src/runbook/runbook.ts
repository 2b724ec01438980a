import type {ShareRequest} from '../model/share.js'

/** A runbook as loaded: variables replaced, defaults applied, every name resolved, everything checked. */
export interface Runbook {
  /** The file as it was named. */
  readonly file: string
  readonly vchs: readonly RunbookVch[]
  readonly shares: readonly RunbookShare[]
  readonly steps: readonly RunbookStep[]
  /** Proves each new store by two containers; undefined: not asked for. */
  readonly verify?: RunbookVerify
}

/** A VCH (or, for a server, a plain Docker Engine) by the name that the runbook gives it. */
export interface RunbookVch {
  readonly key: string
  readonly docker: {readonly host: string; readonly certPath?: string; readonly tlsVerify?: boolean}
  /** Only where stores are registered. */
  readonly vicMachine?: RunbookVicMachine
}

export interface RunbookVicMachine {
  readonly path: string
  readonly target: string
  readonly user: string
  readonly thumbprint?: string
  readonly vchName?: string
  readonly vchId?: string
  readonly computeResource?: string
  /** Name of the environment variable that holds the password, never the password (S8). */
  readonly passwordVariable: string
}

export interface RunbookShare {
  readonly key: string
  /** Key of the server VCH. */
  readonly vch: string
  readonly volume: {
    readonly name: string
    readonly create: boolean
    readonly capacityMb?: number
    /** Label of the volume store for a new volume. */
    readonly store?: string
  }
  readonly request: ShareRequest
  /** Either one store on the whole share, or stores on directories of it: one VCH has one folder (DESIGN § 3.8). */
  readonly stores: readonly RunbookStore[]
}

export interface RunbookStore {
  readonly label: string
  /** Key of the consumer VCH. */
  readonly vch: string
  /** Directory of the share; absent: the whole share. */
  readonly directory?: string
}

export interface RunbookVerify {
  readonly image?: string
  readonly requireNonRoot: boolean
}

/** What apply goes through, in this order; shares of all VCHs first, then stores and proofs VCH by VCH. */
export const PHASES = ['shares', 'stores', 'verify'] as const
export type Phase = (typeof PHASES)[number]

/** A command of the operator's own, between ours. */
export interface RunbookStep {
  readonly name: string
  readonly when: 'before' | 'after'
  readonly phase: Phase
  /** Only for this VCH; not with the phase `shares`. */
  readonly vch?: string
  /** Program and arguments; no shell. */
  readonly run: readonly string[]
  /** Added to its environment; values that came from variables are redacted in what is shown. */
  readonly env: Readonly<Record<string, string>>
  /** Values that must not be shown. */
  readonly secrets: readonly string[]
  readonly timeoutMs: number
  /** `changed`: only when the phase has something to do; `always`: at every apply. */
  readonly runs: 'changed' | 'always'
}
