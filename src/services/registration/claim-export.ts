import type {Work} from '../../engine/work.js'
import {journalled} from '../../journal/journalled.js'
import {isVicnfsError} from '../../model/vicnfs-error.js'
import type {ShareSession} from '../../nfs/share-access.js'
import type {Adapters} from '../adapters.js'
import type {ConsumerVch} from './identify-consumer.js'
import {endRecordWrites} from './open-record-writes.js'
import {admitConsumer, isRecorded, onShare, removeDrafts, writeRecord} from './record.js'
import type {RegisterConsents, RegisterWish} from './register-wish.js'
import {refuseUsedDirectories} from './share-directory.js'
import {storesAt} from './store-place.js'
import {takeRecordOff} from './take-records-back.js'

/** A share that another VCH may need keeps its server container, also one that this very run has made (S4). */
const OTHERS = new Set(['VN-OTHER-CONSUMER', 'VN-UNRECORDED-VOLUMES', 'VN-FOLDER-CLOSED'])

async function admit(
  adapters: Adapters,
  vch: ConsumerVch,
  options: {
    readonly wish: RegisterWish
    readonly consents: RegisterConsents
    readonly session: ShareSession
    readonly work: Work
    readonly signal: AbortSignal
  },
): Promise<void> {
  const {wish, consents, session, work, signal} = options
  try {
    if (wish.directory === undefined) await refuseUsedDirectories(adapters, wish.place, {session, signal})
    await admitConsumer(vch, session, {...wish, consents, adapters, adoptStore: consents.adoptStore, signal})
  } catch (error) {
    if (isVicnfsError(error) && OTHERS.has(error.code)) work.cutUndo('another VCH may need the server container')
    throw error
  }
}

/** Writes the record on the share before configure. @throws VN-OTHER-CONSUMER, VN-UNRECORDED-VOLUMES, VN-FOLDER-CLOSED */
export async function claimExport(
  adapters: Adapters,
  vch: ConsumerVch,
  options: {readonly wish: RegisterWish; readonly consents: RegisterConsents; readonly work: Work},
): Promise<void> {
  const {wish, consents, work} = options
  await work.step('record', 'Write on the share which VCH uses it', async (step) => {
    const {place} = wish
    const {signal} = step
    await onShare(adapters, place, {
      signal,
      body: async (session) => {
        await admit(adapters, vch, {wish, consents, session, work, signal})
        step.undo('take the record off the share', ({signal: until}) =>
          disclaimExport(adapters, vch, {wish, signal: until}),
        )
        const change = {action: 'record-write', keys: vch.keys, data: {label: wish.label, place}}
        const store = {label: wish.label, place}
        await removeDrafts(session)
        const isThere = await isRecorded(vch, session, store)
        if (!isThere) await journalled(adapters.journal, change, () => writeRecord(vch, session, store))
        await endRecordWrites(adapters.journal, vch, {...store, outcome: 'done'})
        const text = `${vch.name} as "${wish.label}"`
        if (isThere) step.unchanged(text)
        else step.note(text)
      },
    })
  })
}

/** Takes our record back once `inspect config` shows no store at its place, however configure ended (DESIGN § 4). */
async function disclaimExport(
  adapters: Adapters,
  vch: ConsumerVch,
  options: {readonly wish: RegisterWish; readonly signal: AbortSignal},
): Promise<void> {
  const {wish, signal} = options
  const configuration = await vch.access.program.inspectConfig(vch.selector, {signal})
  if ((await storesAt(configuration.stores, wish.place, {relations: ['same'], signal})).length > 0) return
  await takeRecordOff(adapters, vch, {label: wish.label, place: wish.place, signal})
}

/** Whether vic-machine may be at work still, so that a store that is not there now may be there soon. */
function mayGoOn(error: unknown): boolean {
  if (!isVicnfsError(error)) return true
  return ['VN-CHANGE-RUNNING', 'VN-VICMACHINE-LOST'].includes(error.code) || error.details['hiddenBy'] !== undefined
}

/** The same after the undo stack was cut: a server that is down does not hide how configure ended. */
export async function disclaimAfterConfigure(
  adapters: Adapters,
  vch: ConsumerVch,
  options: {readonly wish: RegisterWish; readonly work: Work; readonly error: unknown},
): Promise<void> {
  const {wish, work, error} = options
  if (!work.undoIsCut || work.signal.aborted || mayGoOn(error)) return
  try {
    await disclaimExport(adapters, vch, {wish, signal: work.signal})
    // eslint-disable-next-line vicnfs/heeds-stop -- the caller throws how configure ended, which says more
  } catch {
    work.note(
      'warning',
      'The record on the share could not be taken back; the next register-store or teardown does it.',
    )
  }
}
