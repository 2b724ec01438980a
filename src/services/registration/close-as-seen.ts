import type {StepHandle, Work} from '../../engine/work.js'
import type {JournalEntry} from '../../journal/entry.js'
import {parseStoreArgument, type VolumeStore} from '../../model/volume-store.js'
import type {ShareAddress} from '../../nfs/preflight/report.js'
import type {ChangeEnd} from '../../vic-machine/vic-machine-api.js'
import type {Adapters} from '../adapters.js'
import type {ConsumerVch} from './identify-consumer.js'
import {closeChange, type ChangeData, type ChangeState} from './run-change.js'
import {takeRecordsBack} from './take-records-back.js'
import {watchItStay, watchVch, type VchSight} from './watch-vch.js'

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

/** Where the new stores of a change are, as far as this machine can look at them. */
export function placesToWatch({addedStores, outOfSight}: ChangeData): ShareAddress[] {
  if (outOfSight === true) return []
  return addedStores.map(parseStoreArgument).map(({host, path}) => ({host, path, uid: 0, gid: 0}))
}

/** Looks on until the VCH shows how a change ended. */
async function lookUntilEnded(
  adapters: Adapters,
  vch: ConsumerVch,
  options: {readonly data: ChangeData; readonly step: StepHandle; readonly end: ChangeEnd},
): Promise<VchSight> {
  const {data, step, end} = options
  const expected = {stores: data.storesAfter.map(parseStoreArgument), labels: data.addedLabels}
  const orElse = {stores: data.storesBefore.map(parseStoreArgument), labels: []}
  const sight = await watchVch(adapters, vch, {expected, orElse, step, places: placesToWatch(data)})
  // After a vic-machine that was killed, a VCH that runs as before may be about to shut down.
  if (end.claim !== 'vanished' || stateSeen(sight, data) !== 'undone') return sight
  return watchItStay(adapters, vch, {expected: {...orElse, stores: sight.stores ?? []}, step})
}

/** Closes a change as the VCH shows that it ended; returns what was seen when that is half-done. */
export async function closeAsSeen(
  adapters: Adapters,
  vch: ConsumerVch,
  options: {
    readonly entry: JournalEntry
    readonly work: Work
    /** The operator has had the mark cleared. */
    readonly markCleared: boolean
    readonly data: ChangeData
    readonly step: StepHandle
    readonly end: ChangeEnd
  },
): Promise<{sight: VchSight; end: ChangeEnd} | undefined> {
  const {entry, work, markCleared, data, step, end} = options
  const sight = await lookUntilEnded(adapters, vch, {data, step, end})
  const seen = stateSeen(sight, data)
  if (seen === undefined) return {sight, end}
  // What a rollback took back left no snapshot that would be in the way of the next one.
  const state =
    seen === 'undone' && (await wasRolledBack(adapters, vch, {entry, signal: step.signal})) ? 'rolled-back' : seen
  await takeRecordsBack(adapters, vch, {gone: goneStores(sight, data), listed: sight.stores ?? [], work})
  await closeChange(adapters, vch, {intent: entry.id, action: entry.action, state, claim: end.claim})
  step.note(state === 'completed' ? 'it had gone through' : 'it had no effect')
  if (state === 'completed' && end.claim !== 'completed' && !markCleared) {
    work.note(
      'warning',
      `vic-machine still holds "${vch.name}" for in progress: the next configure needs --reset-progress.`,
    )
  }
  return undefined
}
