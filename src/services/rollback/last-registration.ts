import type {JournalRecord} from '../../journal/entry.js'
import type {Journal} from '../../journal/journal.js'
import {shellQuote} from '../../model/redaction.js'
import {whyNotUnregistrable} from '../../model/safety.js'
import {sameStores} from '../../model/store-plan.js'
import {VicnfsError} from '../../model/vicnfs-error.js'
import {parseStoreArgument, storeUrl, type VolumeStore} from '../../model/volume-store.js'
import type {Adapters} from '../adapters.js'
import type {ConsumerVch} from '../registration/identify-consumer.js'
import type {ChangeData} from '../registration/run-change.js'
import {lastChangeOf} from '../removal/unregister.js'
import {ROLLBACK_COMMAND} from './result.js'

type LastChange = NonNullable<ReturnType<typeof lastChangeOf>>

/** What a rollback of the last registration would make of the stores of a VCH. */
export interface RollbackPlan {
  /** Stores that go, or are gone already. */
  readonly gone: readonly VolumeStore[]
  readonly kept: readonly VolumeStore[]
  /** The VCH shows the stores of before: there is nothing to roll back. */
  readonly isDone: boolean
}

const storesOf = (texts: readonly string[]): VolumeStore[] => texts.map((text) => parseStoreArgument(text))

/** The stores without the registration, and with it, as a change of ours has left them in the journal. */
function sidesOf({action, data}: LastChange): {readonly without: VolumeStore[]; readonly withIt: VolumeStore[]} {
  const [before, after] = [storesOf(data.storesBefore), storesOf(data.storesAfter)]
  return action === 'rollback' ? {without: after, withIt: before} : {without: before, withIt: after}
}

function cannot(vch: ConsumerVch, why: string, labels: readonly string[]): VicnfsError {
  return new VicnfsError('VN-NOT-REMOVABLE', `The last registration on "${vch.name}" cannot be rolled back.`, {
    reason: `${why} The stores stay as they are.`,
    tries: [shellQuote(['vicnfs', 'history', '--vch', vch.id])],
    details: {labels, why},
  })
}

/**
 * What the journal and the VCH together allow (DESIGN § 4, "Rollback has two uses"). That the stores are those of before
 * counts however they came to be so: somebody may have rolled back by hand.
 * @throws VN-NOT-REMOVABLE with the reason
 */
export async function planRollback(
  adapters: Pick<Adapters, 'journal'>,
  vch: ConsumerVch,
  stores: readonly VolumeStore[],
): Promise<RollbackPlan> {
  const history: readonly JournalRecord[] = await adapters.journal.history(vch.keys)
  const last = lastChangeOf(history)
  if (last !== undefined) {
    const {without, withIt} = sidesOf(last)
    const stay = new Set(without.map(({argument}) => argument))
    const gone = withIt.filter(({argument}) => !stay.has(argument))
    if (sameStores(stores, without)) return {gone, kept: stores, isDone: true}
  }
  const labels = last?.data.addedLabels ?? []
  const why = whyNotUnregistrable({
    rollback: vch.traits.rollback,
    version: vch.version,
    lastChange: last === undefined ? undefined : {action: last.action, completed: last.completed, ...last.data},
    storesNow: stores.map(({argument}) => argument),
    labels,
  })
  if (why !== undefined) throw cannot(vch, why, labels)
  const goes = new Set(labels)
  return {
    gone: stores.filter(({label}) => goes.has(label)),
    kept: stores.filter(({label}) => !goes.has(label)),
    isDone: false,
  }
}

/**
 * Refuses when somebody has registered a store since the command was typed, while it waited for the lock: the last
 * registration is not the one that the operator meant.
 * @param known ids of the journal's entries from before that nobody else has ended since
 * @throws VN-NOT-REMOVABLE
 */
export async function refuseNewer(
  journal: Pick<Journal, 'history'>,
  vch: ConsumerVch,
  known: ReadonlySet<string>,
): Promise<void> {
  const newer = (await journal.history(vch.keys)).findLast(
    ({intent, result}) =>
      intent.action === 'configure' && result?.data['state'] === 'completed' && !known.has(intent.id),
  )
  if (newer === undefined) return
  const {addedLabels = []} = newer.intent.data as Partial<ChangeData>
  const {command = 'another vicnfs'} = newer.intent
  throw new VicnfsError('VN-NOT-REMOVABLE', `${addedLabels.join(', ')} was registered while this rollback waited.`, {
    reason: `\`${command}\` was quicker, so the last registration of "${vch.name}" is not the one that was meant.`,
    tries: [shellQuote(['vicnfs', 'history', '--vch', vch.id]), ROLLBACK_COMMAND],
    details: {labels: addedLabels},
  })
}

/** The plan as people read it, one line a store. */
export function rollbackLines({gone, kept}: RollbackPlan): string[] {
  const line = (mark: string) => (store: VolumeStore) => `${mark}  ${store.label}  ${storeUrl(store)}`
  return [...kept.map(line('= keep')), ...gone.map(line('- remove'))]
}
