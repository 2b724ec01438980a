import type {StepHandle, Work} from '../../engine/work.js'
import type {JournalEntry} from '../../journal/entry.js'
import {isVicnfsError, VicnfsError} from '../../model/vicnfs-error.js'
import {parseStoreArgument, type VolumeStore} from '../../model/volume-store.js'
import type {ChangeEnd} from '../../vic-machine/vic-machine-api.js'
import type {Adapters} from '../adapters.js'
import {downVch} from './down-vch.js'
import {onceBegun} from './half-done.js'
import type {ConsumerVch} from './identify-consumer.js'
import {mend} from './mend.js'
import {openChanges} from './open-changes.js'
import {clearProgress, closeChange, followChange, type ChangeData, type ChangeState} from './run-change.js'
import {takeRecordsBack} from './take-records-back.js'
import {isAsExpected, lookAtVch, watchVch, type VchSight} from './watch-vch.js'

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
    ...(data.wayOut === undefined ? {} : {wayOut: data.wayOut}),
  }
}

/**
 * The state that reality shows for a change that nobody has closed; undefined while it is half-done. Only the stores
 * that this change was about decide: somebody may have configured the VCH since.
 */
function stateSeen(sight: VchSight, data: ChangeData): ChangeState | undefined {
  if (sight.api !== 'running' || sight.stores === undefined) return undefined
  const listed = new Set(sight.stores.map((store) => store.argument))
  const added = data.storesAfter.filter((store) => !data.storesBefore.includes(store))
  const removed = data.storesBefore.filter((store) => !data.storesAfter.includes(store))
  const isAsAfter = added.every((store) => listed.has(store)) && !removed.some((store) => listed.has(store))
  if (isAsAfter) return data.addedLabels.every((label) => sight.online.includes(label)) ? 'completed' : undefined
  const isAsBefore = removed.every((store) => listed.has(store)) && !added.some((store) => listed.has(store))
  return isAsBefore ? 'undone' : undefined
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
  const place = {host: added[0]?.host ?? '', path: added[0]?.path ?? '', uid: 0, gid: 0}
  const failed = {
    vch,
    intent: entry.id,
    before: data.storesBefore.map(parseStoreArgument),
    added,
    data,
    place,
    sight,
    ...(end === undefined ? {} : {end}),
  }
  // In a later run a rollback needs the operator's own --reset-progress (DESIGN § 4).
  try {
    return await mend(adapters, failed, {work, noRollback: consents.noRollback || !consents.resetProgress})
  } catch (error) {
    if (isVicnfsError(error) && error.kind === 'rolled-back') await takeRecordsBack(adapters, vch, {gone: added, work})
    throw error
  }
}

interface Settling {
  readonly entry: JournalEntry
  readonly work: Work
  readonly consents: SettleConsents
}

async function settleOne(adapters: Adapters, vch: ConsumerVch, options: Settling): Promise<void> {
  const {entry, work} = options
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
      const end = await followChange(run, step)
      if (await isClosedByItsEnd(adapters, vch, {entry, end})) return undefined
      return closeAsSeen(adapters, vch, {...options, data, step, end})
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

/** Stores that a change was about and that the VCH does not list. */
function goneStores(sight: VchSight, data: ChangeData): VolumeStore[] {
  const listed = new Set(sight.stores?.map((store) => store.argument))
  const named = new Set([...data.storesBefore, ...data.storesAfter])
  return [...named].filter((argument) => !listed.has(argument)).map(parseStoreArgument)
}

/** Whether a rollback of ours that vic-machine took up came after this configure; it may not be closed yet itself. */
async function wasRolledBack(
  adapters: Adapters,
  vch: ConsumerVch,
  options: {readonly entry: JournalEntry; readonly signal: AbortSignal},
): Promise<boolean> {
  const {entry} = options
  if (entry.action !== 'configure') return false
  const later = (await adapters.journal.history(vch.keys)).filter(({intent}) => intent.id > entry.id)
  const configured = later.findIndex(({intent}) => intent.action === 'configure')
  const rollbacks = later
    .slice(0, configured === -1 ? undefined : configured)
    .filter(({intent}) => intent.action === 'rollback')
  for (const {intent, result} of rollbacks) {
    const state = (result?.data as {state?: ChangeState} | undefined)?.state
    if (state === 'completed') return true
    if (state !== undefined) continue
    const {signal} = options
    const run = await vch.access.findChange(await adapters.journal.privateFolder(intent.id), {signal})
    const end = await run?.wait({signal})
    if (end !== undefined && end.claim !== 'refused' && !end.twoSnapshots) return true
  }
  return false
}

/** Closes a change as the VCH shows that it ended; returns what was seen when that is half-done. */
async function closeAsSeen(
  adapters: Adapters,
  vch: ConsumerVch,
  options: Settling & {readonly data: ChangeData; readonly step: StepHandle; readonly end: ChangeEnd},
): Promise<{sight: VchSight; end: ChangeEnd} | undefined> {
  const {entry, work, consents, data, step, end} = options
  const expected = {stores: data.storesAfter.map(parseStoreArgument), labels: data.addedLabels}
  const orElse = {stores: data.storesBefore.map(parseStoreArgument), labels: []}
  const place = expected.stores.find((store) => store.label === data.addedLabels[0])
  const sight = await watchVch(adapters, vch, {
    expected,
    orElse,
    step,
    ...(place === undefined ? {} : {place: {host: place.host, path: place.path, uid: 0, gid: 0}}),
  })
  const seen = stateSeen(sight, data)
  if (seen === undefined) return {sight, end}
  // What a rollback took back left no snapshot that would be in the way of the next one.
  const state =
    seen === 'undone' && (await wasRolledBack(adapters, vch, {entry, signal: step.signal})) ? 'rolled-back' : seen
  await takeRecordsBack(adapters, vch, {gone: goneStores(sight, data), work})
  await closeChange(adapters, vch, {intent: entry.id, action: entry.action, state, claim: end.claim})
  step.note(state === 'completed' ? 'it had gone through' : 'it had no effect')
  if (state === 'completed' && end.claim !== 'completed' && !consents.resetProgress) {
    work.note(
      'warning',
      `vic-machine still holds "${vch.name}" for in progress: the next configure needs --reset-progress.`,
    )
  }
  return undefined
}

/** The operator's own --reset-progress always runs first, also when nothing else is to do (S7). */
async function resetByOperator(adapters: Adapters, vch: ConsumerVch, work: Work): Promise<void> {
  const data = {storesBefore: [], storesAfter: [], addedLabels: [], addedStores: [], retryAfterTimeout: false}
  await work.step('reset-progress', 'Clear the mark of a change in progress, as asked for', (step) =>
    clearProgress(adapters, vch, {data, step}),
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
