import type {JournalRecord} from '../../journal/entry.js'
import type {Journal} from '../../journal/journal.js'
import {vchIdentity} from '../../journal/vch-keys.js'
import {parseStoreArgument, type VolumeStore} from '../../model/volume-store.js'
import {storesAt, type StorePlace} from '../registration/store-place.js'
import type {ServerContainer} from '../share/find-server.js'
import {storesOnShare, type ShareSites} from './share-sites.js'

/** A VCH that, as far as the journal knows, has a store on a share. */
export interface JournalConsumer {
  readonly name: string
  readonly id: string
  readonly keys: readonly string[]
  readonly labels: readonly string[]
}

/** What the journal says about the consumers of a place. */
export interface JournalView {
  /** The place was a store of some VCH once: who uses it now is known. */
  readonly mentioned: boolean
  readonly consumers: readonly JournalConsumer[]
}

const WITHOUT_EFFECT = new Set(['refused', 'never-started', 'undone', 'rolled-back'])

const KNOWS_CONSUMER = new Set(['completed', 'undone', 'rolled-back'])

const storesIn = (...lists: readonly unknown[]): VolumeStore[] =>
  [...new Set(lists.flat())].filter((text) => typeof text === 'string').map((text: string) => parseStoreArgument(text))

/** What a change led to; one that is open may have led there, or not. */
export function storesOf({intent, result}: JournalRecord): VolumeStore[] {
  const {storesBefore, storesAfter} = intent.data
  return storesIn(storesAfter, result === undefined ? storesBefore : [])
}

/** The last configuration of each VCH that a change of ours led to, or may have led to; refused ones led nowhere. */
export function lastChanges(records: readonly JournalRecord[]): JournalRecord[] {
  const last = new Map<string, JournalRecord>()
  for (const record of records) {
    const {action} = record.intent
    if (action !== 'configure' && action !== 'rollback') continue
    if (WITHOUT_EFFECT.has(String(record.result?.data['state']))) continue
    last.set(vchIdentity(record.intent.vch.keys), record)
  }
  return [...last.values()]
}

function consumerOf({intent}: JournalRecord, stores: readonly VolumeStore[]): JournalConsumer {
  const {name = '?', id = '?', keys} = intent.vch
  return {name, id, keys, labels: stores.map((store) => store.label)}
}

/**
 * Who uses a place, from everything that was ever done from this machine (DESIGN § 4): each VCH counts by the last
 * change of ours that had an effect.
 */
export async function journalView(
  journal: Journal,
  place: StorePlace,
  {signal}: {readonly signal: AbortSignal},
): Promise<JournalView> {
  const on = {relations: ['same', 'below'], signal} as const
  const records = await journal.history()
  const consumers: JournalConsumer[] = []
  for (const record of lastChanges(records)) {
    const at = await storesAt(storesOf(record), place, on)
    if (at.length > 0) consumers.push(consumerOf(record, at))
  }
  if (consumers.length > 0) return {mentioned: true, consumers}
  for (const record of records) {
    // One that was undone or rolled back names its consumer just as well: the VCH is known, and asked.
    if (record.intent.action !== 'configure' || !KNOWS_CONSUMER.has(String(record.result?.data['state']))) continue
    if ((await storesAt(storesOf(record), place, on)).length > 0) return {mentioned: true, consumers}
  }
  return {mentioned: false, consumers}
}

/** VCHs that, as far as the journal knows, have a store on a share whose server container is gone. */
export async function consumersOnceOn(
  journal: Journal,
  sites: ShareSites,
  options: {readonly signal: AbortSignal},
): Promise<JournalConsumer[]> {
  const consumers: JournalConsumer[] = []
  for (const record of lastChanges(await journal.history())) {
    const on = await storesOnShare(storesOf(record), sites, options)
    if (on.length > 0) consumers.push(consumerOf(record, on))
  }
  return consumers
}

/** Whether an earlier run had found the share free and begun to remove this very server container (S6). */
export async function removalBegun(journal: Journal, server: ServerContainer): Promise<boolean> {
  const records = await journal.history()
  return records.some(
    ({intent, result}) =>
      intent.action === 'server-remove' &&
      result?.data['outcome'] !== 'done' &&
      intent.data['id'] === server.container.id,
  )
}

/** Whether a change of ours has un-registered this place from the VCH: then the volumes on the share are of that VCH. */
export async function wasUnregistered(
  journal: Journal,
  place: StorePlace,
  {vch, signal}: {readonly vch: {readonly keys: readonly string[]}; readonly signal: AbortSignal},
): Promise<boolean> {
  for (const {intent, result} of await journal.history(vch.keys)) {
    if (result?.data['state'] !== 'completed') continue
    const {storesBefore, storesAfter} = intent.data
    const [before, after] = await Promise.all(
      [storesBefore, storesAfter].map((list) =>
        storesAt(storesIn(list), place, {relations: ['same', 'below'], signal}),
      ),
    )
    if ((before ?? []).length > 0 && (after ?? []).length === 0) return true
  }
  return false
}
