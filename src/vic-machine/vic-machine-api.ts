import type {VolumeStore} from '../model/volume-store.js'
import type {ChangePhase} from './change-phase.js'

/** Which VCH a vic-machine call is about; `id` wins. */
export interface VchSelector {
  readonly id?: string
  readonly name?: string
  readonly computeResource?: string
}

/** Where vic-machine is and how it logs in; the password travels in the child's environment only (S8). */
export interface VicMachineSettings {
  /** Path of the program. */
  readonly path: string
  readonly target: string
  readonly user: string
  readonly password: string
  readonly thumbprint?: string
}

export interface VicMachineCallOptions {
  readonly signal?: AbortSignal
  /** Limit for reading calls (version, ls, inspect, inspect config). */
  readonly timeoutMs?: number
}

/** How long to wait for the runner of a change; vic-machine itself has a limit of its own. */
export interface ChangeCallOptions {
  readonly signal?: AbortSignal
  readonly timeoutMs?: number
}

export interface VchRow {
  readonly id: string
  readonly path: string
  readonly name: string
  readonly version: string
  readonly upgradeStatus: string
}

/** What plain `inspect` prints (only while the VCH is on). */
export interface VchInspection {
  readonly id: string
  /** Version of the VCH without leading `v` and build, such as `1.5.8`. */
  readonly vchVersion: string
  readonly installerVersion: string
  /** `DOCKER_HOST` as printed: `host:port` without scheme, or a URL. */
  readonly dockerHost: string
  /** Address at which ports published on the endpoint VM are reached. */
  readonly publishedAddress?: string
}

/** What `inspect config` prints (also while the VCH is off). */
export interface VchConfiguration {
  readonly name?: string
  readonly stores: readonly VolumeStore[]
  /** Every other option, in the order printed. */
  readonly options: readonly {readonly name: string; readonly value: string}[]
}

export type Change =
  | {
      readonly kind: 'configure'
      readonly vch: VchSelector
      readonly stores: readonly VolumeStore[]
      readonly timeoutMs: number
    }
  | {readonly kind: 'rollback'; readonly vch: VchSelector; readonly timeoutMs: number}
  | {readonly kind: 'reset-progress'; readonly vch: VchSelector; readonly timeoutMs: number}

/**
 * What vic-machine's own words amount to; never more than a claim (DESIGN § 3.5).
 * - completed: it printed `Completed successfully` (or, for reset-progress, its one line)
 * - refused: it ended before anything was touched; `error` says why
 * - timed-out: half-done, flag set, new store configured
 * - rolled-back: a failed first configure that it reverted itself
 * - failed: work had begun and it was not reverted (two snapshots, powered off, …)
 * - vanished: it ended without a word that we know (killed by a signal, crash)
 */
export type ChangeClaim = 'completed' | 'refused' | 'timed-out' | 'rolled-back' | 'failed' | 'vanished'

export interface ChangeEnd {
  readonly claim: ChangeClaim
  /** undefined when killed by a signal or when the runner itself was killed. */
  readonly exitCode?: number
  /** vic-machine's error lines, redacted, oldest first. */
  readonly errorLines: readonly string[]
  /** A refusal that we know, as a code of the error table (VN-VICMACHINE-…); undefined otherwise. */
  readonly refusal?: {
    readonly code: string
    readonly message: string
    readonly reason?: string
    readonly tries?: readonly string[]
  }
  /** The last phase that it entered: how far it came. */
  readonly reached?: ChangePhase
  /** A rollback found two snapshots of one name. */
  readonly twoSnapshots: boolean
  /** It reverted the VCH and left it powered off, as before 1.4.0. */
  readonly leftOff?: true
  /** Stores that vic-machine itself said are offline. */
  readonly offlineLabels: readonly string[]
}

/** A started change: it goes on whatever happens to us (S7). */
export interface ChangeRun {
  /** Private folder (0700) with stdout, stderr, pid, start time, exit code. */
  readonly folder: string
  /** pid of vic-machine. */
  readonly pid: number
  /**
   * Follows the output until vic-machine has ended. An abort of `signal` ends the waiting, never vic-machine.
   * @param options.onLine gets each line of vic-machine's narration, redacted, without time and level, and the phase
   *   that the line belongs to
   */
  wait(options: {
    readonly signal?: AbortSignal
    readonly onLine?: (line: string, phase: ChangePhase | undefined) => void
  }): Promise<ChangeEnd>
}

/** vic-machine as vicnfs uses it. */
export interface VicMachine {
  /** argv of a change as one redacted, shell-quoted line, for plans, journal and messages. */
  commandLine(change: Change): string
  /** @returns version without leading `v`, such as `1.5.8`. @throws VN-VICMACHINE-MISSING, VN-VICMACHINE-UNREADABLE */
  version(options?: VicMachineCallOptions): Promise<string>
  list(options?: VicMachineCallOptions): Promise<readonly VchRow[]>
  inspect(vch: VchSelector, options?: VicMachineCallOptions): Promise<VchInspection>
  inspectConfig(vch: VchSelector, options?: VicMachineCallOptions): Promise<VchConfiguration>
  /** Starts a change through the detached runner; resolves when vic-machine's pid is on disk. `folder` must exist, 0700, empty. */
  start(change: Change, folder: string, options?: ChangeCallOptions): Promise<ChangeRun>
}

/** Finds a change started earlier, perhaps by a process that is gone; undefined when the folder holds none. */
export type FindChange = (folder: string, options?: ChangeCallOptions) => Promise<ChangeRun | undefined>
