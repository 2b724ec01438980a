import type {Work} from '../../engine/work.js'
import {ERROR_TABLE, type ErrorCode} from '../../model/error-table.js'
import {sameStores, type StorePlan} from '../../model/store-plan.js'
import {VicnfsError} from '../../model/vicnfs-error.js'
import type {Change, ChangeEnd} from '../../vic-machine/vic-machine-api.js'
import type {Adapters} from '../adapters.js'
import {onceBegun} from './half-done.js'
import type {ConsumerVch} from './identify-consumer.js'
import {mend, type FailedChange} from './mend.js'
import {wayOutOf} from './recovery-steps.js'
import type {RegisterWish} from './register-share.js'
import {clearProgress, closeChange, runChange, type ChangeData} from './run-change.js'
import {isAsExpected, watchVch, type VchSight} from './watch-vch.js'

interface Configured {
  readonly intent: string
  readonly end: ChangeEnd
  readonly sight: VchSight
}

/** The error for a configure that vic-machine refused before it touched anything. */
function refusalError(vch: ConsumerVch, end: ChangeEnd): VicnfsError {
  const {refusal} = end
  const lastLine = end.errorLines.at(-1) ?? 'vic-machine gave no reason'
  if (refusal !== undefined && refusal.code in ERROR_TABLE) {
    const {code, message, reason, tries} = refusal
    return new VicnfsError(code as ErrorCode, message, {
      ...(reason === undefined ? {} : {reason}),
      ...(tries === undefined ? {} : {tries}),
      details: {errorLines: end.errorLines},
    })
  }
  return new VicnfsError(
    'VN-CONFIGURE-REFUSED',
    `vic-machine refused to configure "${vch.name}"; nothing was touched.`,
    {
      reason: lastLine,
      details: {errorLines: end.errorLines},
    },
  )
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

async function configureOnce(
  adapters: Adapters,
  vch: ConsumerVch,
  options: {wish: RegisterWish; plan: StorePlan; change: Change; data: ChangeData; work: Work},
): Promise<Configured> {
  const {wish, plan, change, data, work} = options
  const {intent, end} = await work.step('configure', `vic-machine configures "${vch.name}"`, async (step) => {
    const before = await vch.access.program.inspectConfig(vch.selector, {signal: step.signal})
    if (
      !sameStores(
        before.stores,
        data.storesBefore.map((argument) => ({argument})),
      )
    ) {
      throw new VicnfsError('VN-PLAN-REFUSED', `The stores of "${vch.name}" changed while the plan was being made.`, {
        reason: 'Somebody else configures this VCH; nothing was done.',
      })
    }
    work.cutUndo('configure has been started: the VCH may need the server container from now on')
    const outcome = await runChange(adapters, vch, {change, data, step})
    step.note(`vic-machine says: ${outcome.end.claim}`)
    return outcome
  })
  if (end.claim === 'refused') {
    await closeChange(adapters, vch, {intent, action: 'configure', state: 'refused', claim: end.claim})
    throw refusalError(vch, end)
  }
  const expected = {stores: plan.stores, labels: plan.added.map((store) => store.label)}
  const sight = await work.step('watch', `Watch "${vch.name}" until it runs with the store online`, async (step) => {
    const body = (): Promise<VchSight> => watchVch(adapters, vch, {expected, step, place: wish.place})
    const last = await onceBegun(vch, {again: data.wayOut?.again, body})
    step.note(
      isAsExpected(last, expected)
        ? `RUNNING, online: ${[...last.online].sort().join(', ')}`
        : 'it does not come back as planned',
    )
    return last
  })
  return {intent, end, sight}
}

/**
 * Runs configure for a plan and does not believe a word of it: what counts is what the VCH shows (DESIGN § 3.5).
 * From the moment it starts, nothing is undone (S4).
 * @throws VN-CONFIGURE-REFUSED or the known refusal, VN-ROLLED-BACK, VN-HALF-DONE, VN-STORE-NOT-ONLINE, VN-CHANGE-RUNNING
 */
export async function configureStores(
  adapters: Adapters,
  vch: ConsumerVch,
  options: {readonly wish: RegisterWish; readonly plan: StorePlan; readonly change: Change; readonly work: Work},
): Promise<void> {
  const {wish, plan, work} = options
  const labels = plan.added.map((store) => store.label)
  const [added] = plan.added
  const before = plan.stores.filter((store) => !labels.includes(store.label))
  const data: ChangeData = {
    storesBefore: before.map((store) => store.argument),
    storesAfter: plan.stores.map((store) => store.argument),
    addedLabels: labels,
    addedStores: plan.added.map((store) => store.argument),
    retryAfterTimeout: await followsTimeout(adapters, vch),
    ...(added === undefined
      ? {}
      : {wayOut: wayOutOf(wish, added, {selfHosted: adapters.selfHosted && vch.traits.bootLoop})}),
  }
  const {intent, end, sight} = await configureOnce(adapters, vch, {...options, data})
  if (isAsExpected(sight, {stores: plan.stores, labels})) {
    if (end.claim === 'timed-out' || end.claim === 'vanished') {
      const body = (): Promise<void> =>
        work.step('reset', 'Clear the mark that the late configure left', (step) =>
          clearProgress(adapters, vch, {data, step, work}),
        )
      await onceBegun(vch, {again: data.wayOut?.again, body})
    }
    await closeChange(adapters, vch, {intent, action: 'configure', state: 'completed', claim: end.claim})
    return
  }
  const failed: FailedChange = {vch, intent, before, added: plan.added, data, place: wish.place, sight, end}
  await mend(adapters, failed, {work, noRollback: wish.consents.noRollback})
}
