import {
  PLAN_KIND,
  type PlannedShare,
  type PlannedStep,
  type PlannedStore,
  type PlannedVch,
  type RunbookPlan,
  type SeenShare,
} from './runbook-plan.js'
import {VicnfsError} from './vicnfs-error.js'

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
function isWhole({schemaVersion, file, hash, scope, shares, vchs, steps}: Partial<RunbookPlan>): boolean {
  return (
    schemaVersion === 1 &&
    isText(file) &&
    isText(hash) &&
    isTexts(scope?.targets) &&
    isTexts(scope?.only) &&
    isListOf(shares, isShare) &&
    isListOf(vchs, isVch) &&
    isListOf(steps, (step: Loose<PlannedStep>) => isText(step?.name))
  )
}

function isShare(share: Loose<PlannedShare>): boolean {
  if (!isText(share?.key) || !isText(share.mark)) return false
  const seen = share.seen as Loose<SeenShare>
  if (typeof seen?.volume !== 'object' || typeof seen.server !== 'object') return false
  if (seen.noted !== null && !isText(seen.noted)) return false
  const server = seen.server as Loose<NonNullable<SeenShare['server']>>
  return server === undefined || server === null || (isText(server.id) && typeof server.running === 'boolean')
}

function isVch(vch: Loose<PlannedVch>): boolean {
  if (!isText(vch?.key) || (vch.seen !== undefined && !isTexts(vch.seen))) return false
  return isListOf(vch.stores, (store: Loose<PlannedStore>) => [store?.label, store?.mark, store?.url].every(isText))
}
