/** How bad a finding is: what will stop a VCH or its containers, what is not as it was made, what is worth knowing. */
export type Severity = 'danger' | 'drift' | 'note'

/** Stable words of what can be found; scripts may match them. */
export type DriftWord =
  | 'server-gone'
  | 'volume-gone'
  | 'server-down'
  | 'not-mountable'
  | 'unreachable'
  | 'denied-here'
  | 'address-changed'
  | 'recreated-by-hand'
  | 'image-changed'
  | 'not-registered'
  | 'store-offline'
  | 'record-missing'
  | 'record-stale'
  | 'record-other-vch'
  | 'self-hosted'
  | 'parked'
  | 'vch-down'
  | 'version-changed'
  | 'change-open'
  | 'change-running'

export interface Finding {
  readonly word: DriftWord
  readonly severity: Severity
  /** One sentence or two, for people. */
  readonly text: string
  /** At most two commands, ready to paste. */
  readonly tries: readonly string[]
}

/** The one word of a share; `unknown` where its server could not be looked at. */
export type Verdict = 'ok' | 'parked' | 'unknown' | 'drift' | 'danger'

export type ServerState =
  | 'running'
  | 'starting'
  | 'stopping'
  | 'created'
  | 'exited'
  | 'parked'
  /** No container of ours is there. */
  | 'gone'
  /** An NFS server that vicnfs does not run. */
  | 'external'
  /** The Docker API that would know does not answer. */
  | 'unknown'

export interface VchStatus {
  readonly roles: readonly ('server' | 'consumer')[]
  readonly endpoint: string
  readonly kind: 'vch' | 'docker-engine' | 'unknown'
  readonly name: string | null
  readonly version: string | null
  /** `down`: its Docker API refuses or its port layer does not answer. */
  readonly api: 'running' | 'down'
  readonly error: {readonly code: string; readonly message: string} | null
}

export interface VolumeUse {
  readonly name: string
  readonly containers: readonly {readonly name: string; readonly state: string}[]
}

/** One volume store on a share, as far as it is known; null is "not known from here". */
export interface StoreStatus {
  readonly label: string
  /** Name of the VCH that has it. */
  readonly vch: string
  /** Folder of the share, `''` for its root. */
  readonly folder: string
  readonly registered: boolean | null
  readonly online: boolean | null
  /** What `registered` comes from. */
  readonly from: 'vic-machine' | 'record' | 'journal'
  /** null where the volumes of that VCH were not asked for. */
  readonly volumes: readonly VolumeUse[] | null
}

export interface SpaceStatus {
  readonly totalBytes: number
  readonly usedBytes: number
  /** For users other than root. */
  readonly availableBytes: number
}

export interface ShareStatus {
  /** The volume, or the scratch space; null for a store whose volume nobody knows. */
  readonly name: string | null
  readonly kind: 'volume' | 'scratch' | 'store'
  readonly verdict: Verdict
  readonly server: {
    readonly state: ServerState
    readonly container: string | null
    readonly image: string | null
    /** ISO 8601. */
    readonly startedAt: string | null
    readonly ageMs: number | null
  }
  readonly address: string | null
  readonly path: string | null
  readonly url: string | null
  /** Whether the share can be mounted from here right now; null where that was not, or could not be, tried. */
  readonly mountable: boolean | null
  readonly stores: readonly StoreStatus[]
  /** Containers that use volumes of its stores, running or not; null where not all of them could be asked for. */
  readonly consumers: number | null
  readonly space: SpaceStatus | null
  readonly findings: readonly Finding[]
}

/** How every share is, in one moment. */
export interface StatusReport {
  /** ISO 8601. */
  readonly at: string
  /** The worst of all. */
  readonly verdict: Verdict
  readonly vchs: readonly VchStatus[]
  readonly shares: readonly ShareStatus[]
  /** What is about a VCH as a whole. */
  readonly findings: readonly Finding[]
  /** What was not asked, and why: its facts are null above. */
  readonly notAsked: readonly {readonly what: string; readonly why: string}[]
}

const RANK: Readonly<Record<Severity, number>> = {danger: 0, drift: 1, note: 2}

/** Worst first; equals keep their order. */
export function worstFirst(findings: readonly Finding[]): Finding[] {
  return [...findings].sort((a, b) => RANK[a.severity] - RANK[b.severity])
}

export function verdictOf(findings: readonly Finding[], state: ServerState): Verdict {
  if (findings.some(({severity}) => severity === 'danger')) return 'danger'
  if (findings.some(({severity}) => severity === 'drift')) return 'drift'
  if (state === 'parked') return 'parked'
  return state === 'unknown' ? 'unknown' : 'ok'
}

/** Containers on all stores; null where those of a VCH that may have one were not asked for. */
export function consumersOf(stores: readonly StoreStatus[]): number | null {
  if (stores.some(({volumes, registered}) => volumes === null && registered !== false)) return null
  const names = stores.flatMap(({vch, volumes}) =>
    (volumes ?? []).flatMap(({containers}) => containers.map(({name}) => `${vch} ${name}`)),
  )
  return new Set(names).size
}

const VERDICTS: readonly Verdict[] = ['danger', 'drift', 'unknown', 'parked', 'ok']

export function worstVerdict(verdicts: readonly Verdict[]): Verdict {
  return VERDICTS.find((verdict) => verdicts.includes(verdict)) ?? 'ok'
}

/** Exit codes of a report (DESIGN § 5): 8 while a VCH is down, 7 for drift where the caller asks for it, else 0. */
export function statusExitCode(report: StatusReport, options: {readonly driftCounts: boolean}): number {
  if (report.vchs.some(({api}) => api === 'down')) return 8
  const drifts = report.verdict === 'danger' || report.verdict === 'drift'
  return drifts && options.driftCounts ? 7 : 0
}
