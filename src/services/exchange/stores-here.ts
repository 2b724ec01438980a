import {recordIsAbout, type ConsumerRecord, type RecordedConsumer} from '../../model/consumer-record.js'
import {VicnfsError} from '../../model/vicnfs-error.js'
import {ownerOf, type VolumeStore} from '../../model/volume-store.js'
import type {ShareAddress} from '../../nfs/preflight/report.js'
import {shownName} from '../../nfs/wire/byte-text.js'
import type {ConsumerVch} from '../registration/identify-consumer.js'

const segments = (path: string): string[] => path.split('/').filter((part) => part !== '' && part !== '.')

/** The path of a store that lies on a share, relative to it; `''` for its root. */
function folderIn(share: string, store: VolumeStore): string {
  return segments(store.path).slice(segments(share).length).join('/')
}

/** Where each store is mounted by its VCH. @throws VN-STORE-OWNER for a uid or gid that no VCH accepts */
export function placesOf(stores: readonly VolumeStore[]): ShareAddress[] {
  return stores.map((store) => ({host: store.host, path: `/${segments(store.path).join('/')}`, ...ownerOf(store)}))
}

function recordOf(vch: ConsumerVch, store: VolumeStore): ConsumerRecord {
  const {name: vchName, id: vchId, vcenter, endpoint} = vch
  const {label, path} = store
  const writtenAt = new Date().toISOString()
  return {schemaVersion: 1, vchName, vchId, vcenter, endpoint, label, path, ...ownerOf(store), writtenAt}
}

/**
 * What a parked server has to know: the records that are on the share, and one for each store that the VCH lists without
 * a record, since nobody can read the share while it is parked.
 */
export function recordsToCarry(
  vch: ConsumerVch,
  options: {
    readonly recorded: readonly RecordedConsumer[]
    readonly listed: readonly VolumeStore[]
    /** Path of the share. */
    readonly share: string
  },
): RecordedConsumer[] {
  const {recorded, listed, share} = options
  const isOwn = ({record}: RecordedConsumer): boolean =>
    recordIsAbout(record, {vcenter: vch.vcenter, vchId: vch.id, endpoint: vch.endpoint})
  const missing = listed
    .map((store) => ({folder: folderIn(share, store), record: recordOf(vch, store)}))
    .filter(({folder}) => !recorded.some((each) => each.folder === folder && isOwn(each)))
  return [...recorded, ...missing]
}

/** @throws VN-NOT-PARKABLE for a directory that PARKED_DIRECTORIES cannot name */
export function refuseOddDirectories(records: readonly RecordedConsumer[], share: string): void {
  const odd = records.find(({folder}) => /[\p{Cc}\p{Cs}":\\]/u.test(folder))
  if (odd === undefined) return
  throw new VicnfsError(
    'VN-NOT-PARKABLE',
    `The share "${share}" has a store in the directory "${shownName(odd.folder)}".`,
    {
      reason:
        'An empty server cannot be told a directory with a colon, a quote, a backslash, a control character or bytes that are no UTF-8.',
    },
  )
}
