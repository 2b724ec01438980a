import type {Work} from '../../engine/work.js'
import {sameStores} from '../../model/store-plan.js'
import {VicnfsError} from '../../model/vicnfs-error.js'
import {shellQuote} from '../../model/redaction.js'
import {storeUrl, type VolumeStore} from '../../model/volume-store.js'
import type {ShareAddress} from '../../nfs/preflight/report.js'
import type {ChangeEnd} from '../../vic-machine/vic-machine-api.js'
import type {Adapters} from '../adapters.js'
import {foreignStores, halfDone, onceBegun, whatHappened} from './half-done.js'
import type {ConsumerVch} from './identify-consumer.js'
import {againOf, clearProgress, closeChange, runChange, type ChangeData} from './run-change.js'
import {isAsExpected, watchItStay, watchVch, type VchSight} from './watch-vch.js'

/** A registration of ours that did not lead where it should. */
export interface FailedChange {
  readonly vch: ConsumerVch
  readonly intent: string
  readonly before: readonly VolumeStore[]
  readonly added: readonly VolumeStore[]
  readonly data: ChangeData
  /** Where the new stores are, as far as this machine can look at them. */
  readonly places: readonly ShareAddress[]
  /** undefined in a later run that found no word of vic-machine. */
  readonly end?: ChangeEnd
  readonly sight: VchSight
}

interface MendOptions {
  readonly work: Work
  readonly noRollback: boolean
}

async function clearMark(adapters: Adapters, failed: FailedChange, work: Work): Promise<void> {
  const {vch, data, end} = failed
  // A configure that failed has cleared its mark itself, and so has one that rolled back.
  if (end?.claim === 'failed' || end?.claim === 'rolled-back' || end?.claim === 'completed') return
  await work.step('reset', 'Clear the mark of the change that did not end', (step) =>
    clearProgress(adapters, vch, {data, step, work}),
  )
}

/** After a vic-machine that was killed, a VCH that runs as before may be about to shut down. */
async function settledSight(adapters: Adapters, change: FailedChange, work: Work): Promise<FailedChange> {
  const {vch, before, sight, end} = change
  const expected = {stores: before, labels: []}
  if (end?.claim !== 'vanished' || !isAsExpected(sight, expected)) return change
  return work.step('stay', `Look whether "${vch.name}" stays up`, async (step) => {
    const last = await watchItStay(adapters, vch, {expected, step})
    step.unchanged(isAsExpected(last, expected) ? 'it runs as before' : 'it went down')
    return {...change, sight: last}
  })
}

/** The rollback of a configure goes the other way round. */
function reversed(data: ChangeData): ChangeData {
  return {...data, storesBefore: data.storesAfter, storesAfter: data.storesBefore, addedLabels: [], addedStores: []}
}

/** The stores are those of before or those of the plan: only then does the newest snapshot undo our own change. */
function isOurs({sight, before, added}: FailedChange): boolean {
  const stores = sight.stores ?? []
  return sameStores(stores, before) || sameStores(stores, [...before, ...added])
}

async function rollBack(
  adapters: Adapters,
  failed: FailedChange,
  work: Work,
): Promise<{readonly done: boolean; readonly twoSnapshots: boolean; readonly sight: VchSight}> {
  const {vch, before} = failed
  const expected = {stores: before, labels: []}
  return work.step('rollback', 'Roll the VCH back', async (step) => {
    const change = {kind: 'rollback', vch: vch.selector, timeoutMs: adapters.limits.vicMachineTimeoutMs} as const
    const {intent, end} = await runChange(adapters, vch, {change, data: reversed(failed.data), step})
    const sight = end.twoSnapshots
      ? failed.sight
      : await watchVch(adapters, vch, {expected, step, places: failed.places})
    const done = isAsExpected(sight, expected)
    await closeChange(adapters, vch, {
      intent,
      action: change.kind,
      state: done ? 'completed' : 'refused',
      claim: end.claim,
    })
    step.note(done ? 'the stores are as before, and the VCH runs' : 'it did not take effect')
    return {done, twoSnapshots: end.twoSnapshots, sight}
  })
}

/**
 * Brings a VCH back after our own failed configure: mark cleared where it stayed set, one rollback, checked by
 * the same signs as a success (S5). That reset and rollback work together after a time-out is inferred, not recorded.
 * @throws always: VN-ROLLED-BACK when the VCH is as before, VN-HALF-DONE or VN-STORE-NOT-ONLINE with the way out else
 */
export async function mend(adapters: Adapters, change: FailedChange, options: MendOptions): Promise<never> {
  return onceBegun(change.vch, {again: againOf(change.data), body: () => mendBegun(adapters, change, options)})
}

async function mendBegun(adapters: Adapters, change: FailedChange, options: MendOptions): Promise<never> {
  const {work, noRollback} = options
  const failed = await settledSight(adapters, change, work)
  const {vch, before} = failed
  if (isAsExpected(failed.sight, {stores: before, labels: []})) {
    await clearMark(adapters, failed, work)
    return asBefore(adapters, failed, 'is as before')
  }
  const unread = failed.sight.stores === undefined
  if (!unread && !isOurs(failed)) throw foreignStores(failed)
  if (unread || !vch.traits.rollback || noRollback) throw halfDone(failed, {rollback: 'not-tried'})
  await clearMark(adapters, failed, work)
  const back = await rollBack(adapters, failed, work)
  if (back.done) return asBefore(adapters, failed, 'was rolled back: it is as before')
  throw halfDone({...failed, sight: back.sight}, {rollback: back.twoSnapshots ? 'two-snapshots' : 'no-effect'})
}

async function asBefore(adapters: Adapters, failed: FailedChange, what: string): Promise<never> {
  const {vch, intent, added, data, end} = failed
  const claim = end?.claim
  const again = againOf(data)
  await closeChange(adapters, vch, {
    intent,
    action: 'configure',
    state: 'rolled-back',
    ...(claim === undefined ? {} : {claim}),
  })
  const labels = added.map((store) => store.label).join(', ')
  throw new VicnfsError('VN-ROLLED-BACK', `The VCH "${vch.name}" ${what}, without ${labels}.`, {
    reason: `${whatHappened(failed)}.`,
    tries: [
      ...added.slice(0, 1).map((store) => shellQuote(['vicnfs', 'preflight', storeUrl(store)])),
      ...(claim === 'timed-out' && again !== undefined ? [`${again} --vic-machine-timeout 30m`] : []),
    ],
    details: {vch: vch.name, labels: added.map((store) => store.label)},
  })
}
