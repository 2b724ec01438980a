import type {ConsumerRecord} from '../../model/consumer-record.js'
import type {StoreFacts, VchFacts} from '../../model/drift.js'
import {canonicalAddress} from '../../model/ip-address.js'
import {isUnresolved} from '../registration/host-addresses.js'
import {pathRelation} from '../registration/store-place.js'
import type {ConsumerView, PlacedStore} from './consumer-view.js'
import type {SeenRecord} from './share-look.js'

/** Where a share is, by every address that it has or was asked to have. */
export interface SharePlace {
  readonly hosts: readonly string[]
  readonly path: string
}

/** Whether a store lies on a share: on one of its addresses, at or below its folder. */
export function liesOn({store, addresses}: PlacedStore, place: SharePlace): boolean {
  return place.hosts.some((host) => addresses.includes(canonicalAddress(host))) && isWithin(store.path, place.path)
}

export function isWithin(path: string, folder: string): boolean {
  return ['same', 'below'].includes(pathRelation(path, folder))
}

const segments = (path: string): string[] => path.split('/').filter((part) => part !== '' && part !== '.')

/** The folder of the share that a store is in, `''` for its root. */
function folderOf(storePath: string, sharePath: string): string {
  return segments(storePath).slice(segments(sharePath).length).join('/')
}

function otherVch(record: ConsumerRecord): VchFacts {
  return {name: record.vchName, endpoint: record.endpoint, version: null, api: 'unknown', bootLoop: true}
}

/** A folder whose record nobody here understands may be the store of some VCH. */
const UNKNOWN_VCH: VchFacts = {name: '?', endpoint: '?', version: null, api: 'unknown', bootLoop: true}

interface Sources {
  readonly place: SharePlace
  /** Stores of the consumer VCH that lie on this share. */
  readonly listed: readonly PlacedStore[] | undefined
  readonly journalled: readonly PlacedStore[]
  readonly records: readonly SeenRecord[] | null
}

function ofConsumer(view: ConsumerView, label: string): Pick<StoreFacts, 'label' | 'vch' | 'ofConsumer' | 'online'> {
  return {label, vch: view.facts, ofConsumer: true, online: view.online?.has(label) ?? null}
}

/** What the records say, each with whether it is about the consumer VCH. */
async function judged(view: ConsumerView, records: readonly SeenRecord[] | null) {
  return Promise.all(
    (records ?? []).map(async ({folder, record}) => ({
      folder,
      record,
      isOwn: record !== 'unreadable' && (await view.isAbout(record)),
    })),
  )
}

type Judged = Awaited<ReturnType<typeof judged>>[number]

function recordOf(found: Judged | undefined, records: Sources['records']): Pick<StoreFacts, 'record' | 'recordedFor'> {
  if (records === null) return {record: null}
  if (found === undefined) return {record: 'missing'}
  if (found.record === 'unreadable') return {record: 'unreadable'}
  return found.isOwn ? {record: 'own'} : {record: 'other', recordedFor: found.record.vchName}
}

function recordedOnly(view: ConsumerView, found: Judged, host: string): StoreFacts {
  const {folder, record, isOwn} = found
  const common = {folder, host, addresses: [canonicalAddress(host)], journalled: false}
  if (record === 'unreadable') {
    return {...common, label: '?', vch: UNKNOWN_VCH, ofConsumer: false, listed: null, record, online: null}
  }
  if (!isOwn) {
    const {label} = record
    return {...common, label, vch: otherVch(record), ofConsumer: false, listed: null, record: 'own', online: null}
  }
  return {...common, ...ofConsumer(view, record.label), listed: view.listed === undefined ? null : false, record: 'own'}
}

/** Every volume store on one share that is known from any side, the consumer's own first. */
export async function storesOfShare(view: ConsumerView, sources: Sources): Promise<StoreFacts[]> {
  const {place, listed, journalled, records} = sources
  const seen = await judged(view, records)
  const byFolder = new Map(seen.map((each) => [each.folder, each]))
  const stores: StoreFacts[] = []
  const add = ({store, addresses: all}: PlacedStore, from: {listed: boolean | null; journalled: boolean}): void => {
    const folder = folderOf(store.path, place.path)
    if (from.journalled && stores.some((known) => known.folder === folder)) return
    const record = recordOf(byFolder.get(folder), records)
    const addresses = isUnresolved(all) ? null : all
    stores.push({...ofConsumer(view, store.label), folder, host: store.host, addresses, ...from, ...record})
  }
  for (const each of listed ?? []) add(each, {listed: true, journalled: false})
  const claimed = new Set(stores.map(({folder}) => folder))
  for (const each of seen) {
    if (!claimed.has(each.folder)) stores.push(recordedOnly(view, each, place.hosts[0] ?? ''))
  }
  if (listed === undefined) for (const each of journalled) add(each, {listed: null, journalled: true})
  return stores
}
