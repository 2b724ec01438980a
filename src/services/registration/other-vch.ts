import type {ConsumerRecord} from '../../model/consumer-record.js'
import {vcenterOf} from '../../model/vcenter.js'
import {isVicnfsError, VicnfsError} from '../../model/vicnfs-error.js'
import type {ConsumerVch} from './identify-consumer.js'
import {storesAt, type StorePlace} from './store-place.js'

/**
 * What can be learned of the VCH of a record: it lists the place, or does not; vic-machine finds no VCH of this id; or
 * it cannot be asked from here.
 */
export type OtherVchUse = 'lists' | 'none' | 'gone' | 'unknown'

export async function otherVchUse(
  vch: ConsumerVch,
  record: ConsumerRecord,
  options: {readonly place: StorePlace; readonly signal: AbortSignal},
): Promise<OtherVchUse> {
  const {place, signal} = options
  if (vcenterOf(record.vcenter) !== vcenterOf(vch.vcenter)) return 'unknown'
  try {
    const configuration = await vch.access.program.inspectConfig({id: record.vchId}, {signal})
    const listed = await storesAt(configuration.stores, place, {relations: ['same', 'below'], signal})
    // Its own label for the place counts, too: the host may have been written in a way that no longer resolves.
    const own = configuration.stores.some(
      (store) => store.scheme === 'nfs' && store.label === record.label && store.path === record.path,
    )
    return listed.length > 0 || own ? 'lists' : 'none'
  } catch (error) {
    signal.throwIfAborted()
    return isVicnfsError(error) && error.code === 'VN-VICMACHINE-VCH-UNKNOWN' ? 'gone' : 'unknown'
  }
}

/**
 * Why a VCH that vic-machine does not find is no proof: this login, or this datacenter, may not show it. Only whoever
 * looks in vSphere knows.
 */
export function whyGoneIsNoProof({vchId, vcenter}: ConsumerRecord): string {
  return (
    `vic-machine finds no VCH ${vchId} in ${vcenter}: it was deleted, or it is in a datacenter or folder that this ` +
    'target and login do not show.'
  )
}

/** The refusal to register a place that is recorded for another VCH. */
export function otherConsumer(
  record: ConsumerRecord,
  options: {
    readonly use: OtherVchUse
    readonly label: string
    readonly recordFile: string
    /** Commands that take the record away, and that adopt what is left. */
    readonly removal: readonly string[]
    readonly adopt: string
  },
): VicnfsError {
  const {use, label, recordFile, removal, adopt} = options
  const message = `The export is recorded as the store "${record.label}" of the VCH "${record.vchName}".`
  const details = {vch: record.vchName, vchId: record.vchId, vcenter: record.vcenter, label: record.label}
  const danger = "Two VCHs on one export would delete each other's volumes."
  if (use === 'gone') {
    const way = `Only when vSphere shows that it is gone for good, remove ${recordFile} on the server, then adopt what it left.`
    return new VicnfsError('VN-OTHER-CONSUMER', message, {
      reason: `${whyGoneIsNoProof(record)} ${danger} ${way}`,
      tries: [...removal, adopt],
      details,
    })
  }
  const known = use === 'lists' ? 'It lists the export as a volume store' : 'It cannot be asked from here'
  const tries = [`vicnfs expose-volume OTHER-VOLUME --register ${label}`]
  return new VicnfsError('VN-OTHER-CONSUMER', message, {reason: `${known}. ${danger}`, tries, details})
}
