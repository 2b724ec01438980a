/**
 * What would become of a share or a store: made or started; changed; left as it is; asked for in a way that VIC ignores;
 * refused.
 */
export type PlanMark = 'add' | 'change' | 'keep' | 'ignored' | 'refused'

export interface PlannedShare {
  /** Its key in the runbook. */
  readonly key: string
  /** Key of the server VCH. */
  readonly vch: string
  readonly volume: string
  readonly mark: PlanMark
  /** What would be done, in words. */
  readonly what: string
  /** What stands at its place is exchanged, or an exchange that was cut off is ended. */
  readonly exchange?: 'settle' | 'un-park' | 'recreate'
  /** Absent while the address is not known before the server runs. */
  readonly url?: string
  /** The single command that would do the same. */
  readonly command: string
  readonly seen: SeenShare
}

/** What there was when the plan was made. */
export interface SeenShare {
  /** Its volume, which a VCH gives no id; null while there is none, and for scratch space. */
  readonly volume: SeenVolume | null
  /** Id of the last entry of this machine's journal about making or removing that volume: whoever makes it here adds one. */
  readonly noted: string | null
  readonly server: {readonly id: string; readonly running: boolean; readonly address: string} | null
}

/** All that tells one volume from another of its name. */
export interface SeenVolume {
  readonly store: string | null
  readonly capacityMb: number | null
}

export interface PlannedStore {
  readonly label: string
  readonly mark: PlanMark
  readonly url: string
  /** Key of its share; absent for a store that the runbook does not speak of. */
  readonly share?: string
  readonly reason?: string
}

export interface PlannedVch {
  readonly key: string
  /** Its name in vSphere; absent when it could not be asked. */
  readonly name?: string
  readonly id?: string
  readonly stores: readonly PlannedStore[]
  /** The exact command, redacted; absent when nothing is to be configured. */
  readonly command?: string
  readonly powerCycles: 0 | 1
  /** Arguments of the stores that it listed, sorted; absent when it could not be asked. */
  readonly seen?: readonly string[]
}

export interface PlannedStep {
  readonly name: string
  readonly when: 'before' | 'after'
  readonly phase: string
  readonly vch?: string
  /** The command, redacted. */
  readonly command: string
  /** A keyed digest of the command with its variables replaced; in a saved plan, where a variable is in the command. */
  readonly seal?: string
  /** As far as can be told now: a phase that has nothing to do runs only steps that say `always`. */
  readonly runs: boolean
}

export interface PlanRefusal {
  readonly about: 'share' | 'store' | 'vch'
  /** Key of the share or VCH; label of the store. */
  readonly name: string
  /** Key of the consumer VCH of a store. */
  readonly vch?: string
  readonly code: string
  readonly message: string
  readonly reason: string
  readonly tries: readonly string[]
  readonly recovery: readonly string[]
  readonly exitCode: number
}

export const PLAN_KIND = 'vicnfs-runbook-plan'

/** What a runbook would change, share by share and VCH by VCH; a document without secrets that can be kept and applied. */
export interface RunbookPlan {
  readonly schemaVersion: 1
  readonly kind: typeof PLAN_KIND
  /** Absolute path of the runbook. */
  readonly file: string
  /** Of what the runbook says with its variables replaced, secrets left out. */
  readonly hash: string
  /** Which key the commands of steps are sealed with; in a saved plan, where one is. */
  readonly sealedBy?: string
  readonly scope: {readonly targets: readonly string[]; readonly only: readonly string[]}
  readonly shares: readonly PlannedShare[]
  readonly vchs: readonly PlannedVch[]
  readonly steps: readonly PlannedStep[]
  readonly refusals: readonly PlanRefusal[]
  /** Something would be changed. */
  readonly pending: boolean
}

/** Stores that the plan adds to a VCH. */
export function addedStores(vch: PlannedVch): readonly PlannedStore[] {
  return vch.stores.filter(({mark}) => mark === 'add')
}

/** How often VCHs are power-cycled by a plan. */
export function powerCyclesOf(plan: Pick<RunbookPlan, 'vchs'>): number {
  return plan.vchs.reduce((sum, {powerCycles}) => sum + powerCycles, 0)
}
