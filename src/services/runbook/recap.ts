import type {Phase} from '../../runbook/runbook.js'
import type {TimedStep} from '../../model/timings.js'
import {shellQuote} from '../../model/redaction.js'
import {VicnfsError} from '../../model/vicnfs-error.js'

/** An error as it is told in a recap; the same fields as everywhere. */
export interface RecapError {
  readonly code: string
  readonly message: string
  readonly reason: string
  readonly tries: readonly string[]
  readonly recovery: readonly string[]
  readonly exitCode: number
}

/** `not-reached`: the run stopped before it; `undone`: made by this run, and taken back since the run failed. */
export type ShareOutcome =
  | 'created'
  | 'started'
  | 'unparked'
  | 'recreated'
  | 'unchanged'
  | 'removed'
  | 'failed'
  | 'refused'
  | 'not-reached'
  | 'undone'
export type StoreOutcome = 'registered' | 'unchanged' | 'un-registered' | 'failed' | 'refused' | 'not-reached'

export interface ShareEntry {
  readonly key: string
  readonly vch: string
  readonly outcome: ShareOutcome
  readonly url?: string
  readonly error?: RecapError
}

export interface StoreEntry {
  readonly label: string
  /** Key of the consumer VCH. */
  readonly vch: string
  readonly share: string
  readonly outcome: StoreOutcome
  readonly url?: string
  /** Whether two containers have shared data through it: in this run, in an earlier one, or not. */
  readonly proof?: 'proven' | 'proven-before' | 'failed' | 'not-reached'
  readonly error?: RecapError
}

export interface VchEntry {
  readonly key: string
  readonly name?: string
  readonly outcome: 'changed' | 'unchanged' | 'failed' | 'refused' | 'not-reached'
  readonly powerCycles: number
  readonly error?: RecapError
}

export interface StepEntry {
  readonly name: string
  readonly phase: Phase
  readonly vch?: string
  readonly outcome: 'done' | 'skipped' | 'failed'
  readonly durationMs: number
  readonly error?: RecapError
}

/** Shares and stores counted, as ansible does it: `ok` is what is as the runbook wants it, changed or not. */
export interface RecapCounts {
  readonly ok: number
  readonly changed: number
  readonly unchanged: number
  readonly failed: number
  readonly refused: number
  readonly notReached: number
  readonly powerCycles: number
  readonly durationMs: number
}

/** What became of a runbook. */
export interface RunbookRecap {
  readonly runbook: string
  readonly shares: readonly ShareEntry[]
  readonly stores: readonly StoreEntry[]
  readonly vchs: readonly VchEntry[]
  readonly steps: readonly StepEntry[]
  readonly counts: RecapCounts
  /** When each step ran: the waterfall. */
  readonly timings: readonly TimedStep[]
}

const CHANGED = new Set<string>([
  'created',
  'started',
  'unparked',
  'recreated',
  'registered',
  'removed',
  'un-registered',
])

export function countEntries(
  entries: Pick<RunbookRecap, 'shares' | 'stores' | 'vchs'>,
  durationMs: number,
): RecapCounts {
  const outcomes: string[] = [...entries.shares, ...entries.stores].map(({outcome}) => outcome)
  const count = (isIt: (outcome: string) => boolean): number => outcomes.filter(isIt).length
  const changed = count((outcome) => CHANGED.has(outcome))
  const unchanged = count((outcome) => outcome === 'unchanged')
  return {
    ok: changed + unchanged,
    changed,
    unchanged,
    failed: count((outcome) => outcome === 'failed'),
    refused: count((outcome) => outcome === 'refused'),
    notReached: count((outcome) => outcome === 'not-reached' || outcome === 'undone'),
    powerCycles: entries.vchs.reduce((sum, {powerCycles}) => sum + powerCycles, 0),
    durationMs,
  }
}

export function recapError(error: VicnfsError): RecapError {
  const {code, message, reason, tries, recovery, exitCode} = error
  return {code, message, reason, tries, recovery, exitCode}
}

/** Which exit code tells most where several apply (DESIGN § 5); a refusal counts only where nothing else went wrong. */
const STRONGEST = [8, 6, 143, 130, 129, 5, 4, 1, 2, 3, 7]

export function worstExitCode(codes: readonly number[]): number {
  return STRONGEST.find((code) => codes.includes(code)) ?? 1
}

/** Errors of a recap, each once: one that stopped a VCH stands beside each of its stores, too. */
export function errorsOf(recap: RunbookRecap): RecapError[] {
  const all = [...recap.vchs, ...recap.shares, ...recap.stores, ...recap.steps].flatMap(({error}) => error ?? [])
  return all.filter((error, index) => all.findIndex(({message}) => message === error.message) === index)
}

const RANK = new Map(STRONGEST.map((code, index) => [code, index]))

/** The error that a recap amounts to; undefined where everything is as the runbook wants it. */
export function failureOf(
  recap: RunbookRecap,
  options: {readonly command: readonly string[]},
): VicnfsError | undefined {
  const errors = errorsOf(recap).sort((a, b) => (RANK.get(a.exitCode) ?? 99) - (RANK.get(b.exitCode) ?? 99))
  const {failed, refused, notReached, ok} = recap.counts
  if (errors.length === 0 && failed + refused + notReached === 0) return undefined
  const exitCode = worstExitCode(errors.map((error) => error.exitCode))
  const code = exitCode === 3 ? 'VN-RUNBOOK-REFUSED' : 'VN-RUNBOOK-FAILED'
  const total = ok + failed + refused + notReached
  const [first] = errors
  const more = errors.length > 1 ? ` ${errors.length - 1} more error(s) are in the recap.` : ''
  return new VicnfsError(code, `Of ${total} shares and stores, ${ok} are as "${recap.runbook}" wants them.`, {
    reason: `${first?.message ?? ''} ${first?.reason ?? ''}${more}`.trim(),
    tries: [...(first?.tries.slice(0, 1) ?? []), shellQuote(options.command)].slice(0, 2),
    recovery: errors.filter((error) => error.exitCode === 8).flatMap((error) => error.recovery),
    exitCode,
    details: {recap},
  })
}
