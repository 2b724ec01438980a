import type {Work} from '../../engine/work.js'
import {sameStores, type StorePlan} from '../../model/store-plan.js'
import {VicnfsError} from '../../model/vicnfs-error.js'
import type {Change, ChangeEnd} from '../../vic-machine/vic-machine-api.js'
import {parseStoreArgument, type VolumeStore} from '../../model/volume-store.js'
import type {Adapters} from '../adapters.js'
import {placesToWatch} from './close-as-seen.js'
import {onceBegun} from './half-done.js'
import type {ConsumerVch} from './identify-consumer.js'
import {mend, type FailedChange} from './mend.js'
import {wayOutByUrl, wayOutOf, type WayOut} from './recovery-steps.js'
import {refusalError} from './refusal-error.js'
import type {Registration, RegisterWish} from './register-wish.js'
import {requireStillAlive} from './restated-stores.js'
import {againOf, clearProgress, closeChange, runChange, type ChangeData} from './run-change.js'
import {isAsExpected, watchVch, type VchSight} from './watch-vch.js'

interface Configured {
  readonly intent: string
  readonly end: ChangeEnd
  readonly sight: VchSight
}

/** Ends of a configure that left the VCH and its snapshots as they were. */
const WITHOUT_EFFECT = new Set(['refused', 'never-started'])

/** Whether our configure follows one that timed out: then its snapshot may already hold the store. */
async function followsTimeout(adapters: Adapters, vch: ConsumerVch): Promise<boolean> {
  const records = await adapters.journal.history(vch.keys)
  const ends = records
    .filter((record) => record.intent.action === 'configure' && record.result !== undefined)
    .map((record) => record.result?.data as {claim?: string; state?: string})
  const last = ends.findLast(({state}) => !WITHOUT_EFFECT.has(state ?? ''))
  return last?.state !== 'rolled-back' && (last?.claim === 'timed-out' || last?.claim === 'vanished')
}

/** Restating what was read is right only while it is still so (S2). @throws VN-PLAN-REFUSED */
async function requireAsRead(vch: ConsumerVch, {storesBefore}: ChangeData, signal: AbortSignal): Promise<void> {
  const now = await vch.access.program.inspectConfig(vch.selector, {signal})
  const read = storesBefore.map((argument) => ({argument}))
  if (sameStores(now.stores, read)) return
  throw new VicnfsError('VN-PLAN-REFUSED', `The stores of "${vch.name}" changed while the plan was being made.`, {
    reason: 'Somebody else configures this VCH; nothing was done.',
  })
}

async function configureOnce(
  adapters: Adapters,
  vch: ConsumerVch,
  options: PlannedChange & {labels: readonly string[]; data: ChangeData; work: Work},
): Promise<Configured> {
  const {plan, labels, change, data, restated, work} = options
  const {intent, end} = await work.step('configure', `vic-machine configures "${vch.name}"`, async (step) => {
    await requireAsRead(vch, data, step.signal)
    await requireStillAlive(adapters, vch, {stores: restated, signal: step.signal})
    work.cutUndo('configure has been started: the VCH may need the server container from now on')
    const outcome = await runChange(adapters, vch, {change, data, step})
    step.note(`vic-machine says: ${outcome.end.claim}`)
    return outcome
  })
  if (end.claim === 'refused') {
    await closeChange(adapters, vch, {intent, action: 'configure', state: 'refused', claim: end.claim})
    throw refusalError(vch, end, againOf(data))
  }
  const expected = {stores: plan.stores, labels}
  const what = labels.length === 1 ? 'the store' : `${labels.length} stores`
  const sight = await work.step('watch', `Watch "${vch.name}" until it runs with ${what} online`, async (step) => {
    const body = (): Promise<VchSight> => watchVch(adapters, vch, {expected, step, places: placesToWatch(data)})
    const last = await onceBegun(vch, {again: againOf(data), body})
    step.note(
      isAsExpected(last, expected)
        ? `RUNNING, online: ${[...last.online].sort().join(', ')}`
        : 'it does not come back as planned',
    )
    return last
  })
  return {intent, end, sight}
}

/** What is planned for the stores of a VCH. */
export interface PlannedChange {
  readonly registration: Registration
  readonly plan: StorePlan
  readonly change: Change
  /** Stores of the VCH whose servers were seen alive, to be looked at once more. */
  readonly restated: readonly VolumeStore[]
}

function wayOutsOf(adapters: Adapters, vch: ConsumerVch, {registration, plan}: PlannedChange): WayOut[] {
  const {consents, fromVch, wishes, command} = registration
  return plan.added.map((store) => {
    const wish = wishes.find(({label}) => label === store.label)
    if (wish === undefined) return wayOutByUrl(store)
    const selfHosted = (wish.selfHosted ?? adapters.selfHosted) && vch.traits.bootLoop
    return wayOutOf(wish, {consents, selfHosted, fromVch, command})
  })
}

/** Whether a share that is to be added can only be looked at from the VCH. */
async function isOutOfSight(
  adapters: Adapters,
  wishes: readonly RegisterWish[],
  signal: AbortSignal,
): Promise<boolean> {
  for (const {place} of wishes) if ((await adapters.nfs.standpoint?.(place, {signal})) === 'vch') return true
  return false
}

async function dataOf(
  adapters: Adapters,
  vch: ConsumerVch,
  options: PlannedChange & {readonly work: Work},
): Promise<ChangeData> {
  const {plan, registration, work} = options
  const labels = plan.added.map((store) => store.label)
  const wishes = registration.wishes.filter(({label}) => labels.includes(label))
  const before = plan.stores.filter((store) => !labels.includes(store.label))
  const outOfSight = await isOutOfSight(adapters, wishes, work.signal)
  return {
    storesBefore: before.map((store) => store.argument),
    storesAfter: plan.stores.map((store) => store.argument),
    addedLabels: labels,
    addedStores: plan.added.map((store) => store.argument),
    retryAfterTimeout: await followsTimeout(adapters, vch),
    wayOuts: wayOutsOf(adapters, vch, options),
    ...(outOfSight ? {outOfSight} : {}),
  }
}

/**
 * Runs configure for a plan and does not believe a word of it: what counts is what the VCH shows (DESIGN § 3.5).
 * From the moment it starts, nothing is undone (S4).
 * @throws VN-CONFIGURE-REFUSED or the known refusal, VN-ROLLED-BACK, VN-HALF-DONE, VN-STORE-NOT-ONLINE, VN-CHANGE-RUNNING
 */
export async function configureStores(
  adapters: Adapters,
  vch: ConsumerVch,
  options: PlannedChange & {readonly work: Work},
): Promise<void> {
  const {registration, plan, work} = options
  const data = await dataOf(adapters, vch, options)
  // Those that the VCH had already are asked for, too, so they must be online as well.
  const labels = registration.wishes.map(({label}) => label)
  const {intent, end, sight} = await configureOnce(adapters, vch, {...options, labels, data})
  if (isAsExpected(sight, {stores: plan.stores, labels})) {
    if (end.claim === 'timed-out' || end.claim === 'vanished') {
      const body = (): Promise<void> =>
        work.step('reset', 'Clear the mark that the late configure left', (step) =>
          clearProgress(adapters, vch, {data, step, work}),
        )
      await onceBegun(vch, {again: againOf(data), body})
    }
    await closeChange(adapters, vch, {intent, action: 'configure', state: 'completed', claim: end.claim})
    return
  }
  const before = data.storesBefore.map(parseStoreArgument)
  const failed: FailedChange = {vch, intent, before, added: plan.added, data, places: placesToWatch(data), sight, end}
  await mend(adapters, failed, {work, noRollback: registration.consents.noRollback})
}
