import type {Work} from '../../engine/work.js'
import type {JournalEntry} from '../../journal/entry.js'
import {isVicnfsError, VicnfsError} from '../../model/vicnfs-error.js'
import {parseStoreArgument} from '../../model/volume-store.js'
import type {ChangeEnd} from '../../vic-machine/vic-machine-api.js'
import type {Adapters} from '../adapters.js'
import {downVch} from './down-vch.js'
import {onceBegun} from './half-done.js'
import type {ConsumerVch} from './identify-consumer.js'
import {mend} from './mend.js'
import {closeAsSeen, placesToWatch} from './close-as-seen.js'
import {openChanges} from './open-changes.js'
import {clearProgress, closeChange, followChange, type ChangeData} from './run-change.js'
import {takeRecordsBack} from './take-records-back.js'
import {isAsExpected, lookAtVch, type VchSight} from './watch-vch.js'

export {openChanges}

/** Consents that bear on a change begun by an earlier run. */
export interface SettleConsents {
  readonly resetProgress: boolean
  readonly noRollback: boolean
}

function dataOf(entry: JournalEntry): ChangeData {
  const data = entry.data as Partial<ChangeData>
  return {
    storesBefore: data.storesBefore ?? [],
    storesAfter: data.storesAfter ?? [],
    addedLabels: data.addedLabels ?? [],
    addedStores: data.addedStores ?? [],
    retryAfterTimeout: data.retryAfterTimeout ?? false,
    ...(data.wayOuts === undefined ? {} : {wayOuts: data.wayOuts}),
    ...(data.outOfSight === undefined ? {} : {outOfSight: data.outOfSight}),
  }
}

/** A rollback that got stuck is never tried again: the snapshot that it went back to may be used up. */
function rollbackStuck(vch: ConsumerVch, end: ChangeEnd | undefined): VicnfsError {
  const line = end?.errorLines.at(-1)
  return new VicnfsError('VN-HALF-DONE', `The VCH "${vch.name}" is half-way through a rollback.`, {
    reason: line === undefined ? 'It does not answer; the server container is kept.' : `vic-machine said: ${line}`,
    recovery: [
      `In vSphere, power the endpoint VM ${vch.id} on if it is off.`,
      'If it does not answer then, make every NFS store that it lists reachable again.',
      'Then run the same command again.',
    ],
  })
}

async function mendEarlier(
  adapters: Adapters,
  vch: ConsumerVch,
  options: {
    entry: JournalEntry
    data: ChangeData
    sight: VchSight
    end: ChangeEnd | undefined
    work: Work
    consents: SettleConsents
  },
): Promise<never> {
  const {entry, data, sight, end, work, consents} = options
  if (entry.action === 'rollback') throw rollbackStuck(vch, end)
  const added = data.addedStores.map(parseStoreArgument)
  const failed = {
    vch,
    intent: entry.id,
    before: data.storesBefore.map(parseStoreArgument),
    added,
    data,
    places: placesToWatch(data),
    sight,
    ...(end === undefined ? {} : {end}),
  }
  // In a later run a rollback needs the operator's own --reset-progress (DESIGN § 4).
  try {
    return await mend(adapters, failed, {work, noRollback: consents.noRollback || !consents.resetProgress})
  } catch (error) {
    if (isVicnfsError(error) && error.kind === 'rolled-back') {
      // To be told to stop meanwhile says less than that the VCH was rolled back.
      await takeRecordsBack(adapters, vch, {gone: added, listed: failed.before, work}).catch((stopped: unknown) => {
        if (!work.signal.aborted) throw stopped
      })
    }
    throw error
  }
}

interface Settling {
  readonly entry: JournalEntry
  readonly work: Work
  readonly consents: SettleConsents
}

async function settleOne(adapters: Adapters, vch: ConsumerVch, options: Settling): Promise<void> {
  const {entry, work, consents} = options
  const data = dataOf(entry)
  const title = `Settle the ${entry.action} that an earlier run began`
  const found = await work.step(`settle-${entry.id}`, title, async (step) => {
    const run = await vch.access.findChange(await adapters.journal.privateFolder(entry.id), {signal: step.signal})
    if (run === undefined) {
      await closeChange(adapters, vch, {intent: entry.id, action: entry.action, state: 'never-started'})
      step.unchanged('it never started')
      return undefined
    }
    const body = async (): Promise<{sight: VchSight; end: ChangeEnd} | undefined> => {
      // It was waited for, and its narration shown, before.
      const end = await followChange(run, {signal: step.signal, progress: () => undefined})
      if (await isClosedByItsEnd(adapters, vch, {entry, end})) return undefined
      return closeAsSeen(adapters, vch, {entry, work, markCleared: consents.resetProgress, data, step, end})
    }
    return onceBegun(vch, {body})
  })
  if (found !== undefined) await mendEarlier(adapters, vch, {...options, data, ...found})
}

/** Some changes need no look at the VCH: how they ended says it all. */
async function isClosedByItsEnd(
  adapters: Adapters,
  vch: ConsumerVch,
  options: {readonly entry: JournalEntry; readonly end: ChangeEnd},
): Promise<boolean> {
  const {action, id: intent} = options.entry
  const {claim} = options.end
  if (action !== 'reset-progress' && claim !== 'refused') return false
  await closeChange(adapters, vch, {intent, action, state: claim === 'refused' ? 'refused' : 'completed', claim})
  return true
}

/** The operator's own --reset-progress always runs first, also when nothing else is to do (S7). */
async function resetByOperator(adapters: Adapters, vch: ConsumerVch, work: Work): Promise<void> {
  const data = {storesBefore: [], storesAfter: [], addedLabels: [], addedStores: [], retryAfterTimeout: false}
  await work.step('reset-progress', 'Clear the mark of a change in progress, as asked for', (step) =>
    clearProgress(adapters, vch, {data, step, work}),
  )
}

/**
 * Finds out what became of every change that an earlier run began on this VCH, waiting for a vic-machine that
 * still lives, and mends what is half-done as far as the operator consents.
 * @throws VN-HALF-DONE, VN-STORE-NOT-ONLINE, VN-ROLLED-BACK, VN-VCH-DOWN
 */
export async function settleEarlierChanges(
  adapters: Adapters,
  vch: ConsumerVch,
  options: {readonly work: Work; readonly consents: SettleConsents},
): Promise<void> {
  const {work, consents} = options
  const open = await openChanges(adapters.journal, vch.keys)
  const {signal} = work
  const living = await Promise.all(
    open.map(async ({id}) => vch.access.findChange(await adapters.journal.privateFolder(id), {signal})),
  )
  // A reset while a vic-machine of ours still works would pull its own mark from under it.
  for (const run of living) {
    if (run !== undefined)
      await work.step('wait', `Wait for vic-machine (pid ${run.pid}) of an earlier run`, (step) =>
        followChange(run, step),
      )
  }
  if (consents.resetProgress) await resetByOperator(adapters, vch, work)
  for (const entry of open) await settleOne(adapters, vch, {entry, work, consents})
  if (vch.presence === 'up') return
  const sight = await lookAtVch(adapters, vch, work.signal)
  if (isAsExpected(sight, {stores: sight.stores ?? [], labels: []})) return
  throw await downVch(adapters, vch, work.signal)
}
