import {VicnfsError} from './vicnfs-error.js'

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
  readonly volume: boolean
  readonly server: {readonly id: string; readonly running: boolean; readonly address: string} | null
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

/** @throws VN-PLAN-FILE */
export function parsePlan(text: string, file: string): RunbookPlan {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new VicnfsError('VN-PLAN-FILE', `${file} is no JSON document, so no saved plan.`)
  }
  const plan = value as Partial<RunbookPlan> | null
  if (plan?.kind !== PLAN_KIND) throw new VicnfsError('VN-PLAN-FILE', `${file} is no saved plan of a runbook.`)
  if (Number(plan.schemaVersion) > 1)
    throw new VicnfsError('VN-PLAN-FILE', `${file} was written by a newer vicnfs: make the plan again.`)
  if (!isWhole(plan)) throw new VicnfsError('VN-PLAN-FILE', `${file} is not whole, so it cannot be applied.`)
  return plan as RunbookPlan
}

type Loose<T> = Readonly<Partial<Record<keyof T, unknown>>> | null | undefined

const isText = (value: unknown): value is string => typeof value === 'string'
const isListOf = (value: unknown, isOne: (each: object | null) => boolean): boolean =>
  Array.isArray(value) && value.every(isOne)
const isTexts = (value: unknown): boolean => Array.isArray(value) && value.every(isText)

/** Everything that a later comparison looks at is there: whoever edits a plan gets a sentence, not a stack trace. */
function isWhole({schemaVersion, file, hash, scope, shares, vchs}: Partial<RunbookPlan>): boolean {
  return (
    schemaVersion === 1 &&
    isText(file) &&
    isText(hash) &&
    isTexts(scope?.targets) &&
    isTexts(scope?.only) &&
    isListOf(shares, isShare) &&
    isListOf(vchs, isVch)
  )
}

function isShare(share: Loose<PlannedShare>): boolean {
  if (!isText(share?.key) || !isText(share.mark)) return false
  const seen = share.seen as Loose<SeenShare>
  if (typeof seen?.volume !== 'boolean' || typeof seen.server !== 'object') return false
  const server = seen.server as Loose<NonNullable<SeenShare['server']>>
  return server === undefined || server === null || (isText(server.id) && typeof server.running === 'boolean')
}

function isVch(vch: Loose<PlannedVch>): boolean {
  if (!isText(vch?.key) || (vch.seen !== undefined && !isTexts(vch.seen))) return false
  return isListOf(vch.stores, (store: Loose<PlannedStore>) => [store?.label, store?.mark, store?.url].every(isText))
}

/**
 * What changed since a plan was made, a sentence each; empty when it still holds. What an apply of this very plan has
 * done already is no change, so that one that was cut off can be run again.
 * @param fresh the plan as it would be made now
 */
export function whatChanged(saved: RunbookPlan, fresh: RunbookPlan): string[] {
  if (saved.hash !== fresh.hash) return ['the runbook says something else now']
  return [
    ...byKey(saved.shares, fresh.shares, shareChanges, 'share'),
    ...byKey(saved.vchs, fresh.vchs, vchChanges, 'VCH'),
  ]
}

function byKey<T extends {readonly key: string}>(
  saved: readonly T[],
  fresh: readonly T[],
  changes: (before: T, now: T) => string[],
  what: string,
): string[] {
  return fresh.flatMap((now) => {
    const before = saved.find(({key}) => key === now.key)
    return before === undefined ? [`the ${what} "${now.key}" is not in the plan`] : changes(before, now)
  })
}

function shareChanges(before: PlannedShare, now: PlannedShare): string[] {
  const name = `the share "${now.key}"`
  const [was, is] = [before.seen, now.seen]
  const changes: string[] = []
  if (was.volume && !is.volume) changes.push(`the volume of ${name} is gone`)
  const isExchanged = before.exchange !== undefined && now.exchange === undefined && is.server?.running === true
  if (isExchanged) return changes
  if (was.server !== null && is.server?.id !== was.server.id) {
    changes.push(`the server container of ${name} ${is.server === null ? 'is gone' : 'is another one'}`)
  } else if (was.server?.running === true && is.server?.running === false) {
    changes.push(`the server container of ${name} has stopped`)
  }
  if (before.mark !== 'add' && now.mark === 'add' && changes.length === 0) changes.push(`${name} has to be made anew`)
  if (before.url !== undefined && now.url !== undefined && before.url !== now.url)
    changes.push(`${name} would be at ${now.url}, not at ${before.url}`)
  return changes
}

function vchChanges(before: PlannedVch, now: PlannedVch): string[] {
  const name = `the VCH "${now.key}"`
  if (before.id !== now.id) return [`${name} is another one (${before.id ?? 'unknown'}, now ${now.id ?? 'unknown'})`]
  const planned = new Set(addedStores(before).map(({label, url}) => `${url}:${label}`))
  const [was, is] = [before.seen ?? [], now.seen ?? []]
  const labelOf = (argument: string): string => argument.slice(argument.lastIndexOf(':') + 1)
  const came = is.filter((argument) => !was.includes(argument) && !planned.has(argument)).map(labelOf)
  const went = was.filter((argument) => !is.includes(argument)).map(labelOf)
  const more = addedStores(now).filter(({label, url}) => !planned.has(`${url}:${label}`))
  return [
    ...came.map((label) => `${name} lists the store "${label}", which it did not`),
    ...went.map((label) => `${name} no longer lists the store "${label}"`),
    ...more.map(({label, url}) => `"${label}" would be added to ${name} as ${url}`),
  ]
}

/** How often VCHs are power-cycled by a plan. */
export function powerCyclesOf(plan: Pick<RunbookPlan, 'vchs'>): number {
  return plan.vchs.reduce((sum, {powerCycles}) => sum + powerCycles, 0)
}
