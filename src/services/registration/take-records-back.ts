import {throwIfInterrupted} from '../../engine/interruption.js'
import type {Work} from '../../engine/work.js'
import {journalled} from '../../journal/journalled.js'
import {ownerOf, type VolumeStore} from '../../model/volume-store.js'
import type {ShareAddress} from '../../nfs/preflight/report.js'
import type {Adapters} from '../adapters.js'
import type {ConsumerVch} from './identify-consumer.js'
import {endRecordWrites} from './open-record-writes.js'
import {onShare, removeOwnRecord} from './record.js'
import {storesAt} from './store-place.js'

/** A container of the VCH takes far longer than the calls themselves, and each change of a file needs one. */
async function limitMs(adapters: Adapters, place: ShareAddress, signal: AbortSignal): Promise<number> {
  const {stepTimeoutMs, readyTimeoutMs} = adapters.limits
  const from = await adapters.nfs.standpoint?.(place, {signal})
  return from === 'vch' ? readyTimeoutMs : stepTimeoutMs * 3
}

/** Takes our record off one share, if it is ours; whoever calls has seen that the VCH does not list the place. */
export async function takeRecordOff(
  adapters: Adapters,
  vch: ConsumerVch,
  options: {readonly label: string; readonly place: ShareAddress; readonly signal: AbortSignal},
): Promise<void> {
  const {label, place, signal} = options
  const change = {action: 'record-remove', keys: vch.keys, data: {label, place}}
  const limit = AbortSignal.timeout(await limitMs(adapters, place, signal))
  await onShare(adapters, place, {
    signal: AbortSignal.any([signal, limit]),
    body: (session) => journalled(adapters.journal, change, () => removeOwnRecord(vch, session)),
  })
  await endRecordWrites(adapters.journal, vch, {label, place, outcome: 'undone'})
}

/**
 * Takes our records off the shares among `gone` that the VCH does not list, however a change ended (DESIGN § 4, "The
 * record on the share"). A share that is not reachable now keeps its record, with a warning.
 * @throws the reason of the signal
 */
export async function takeRecordsBack(
  adapters: Adapters,
  vch: ConsumerVch,
  options: {readonly gone: readonly VolumeStore[]; readonly listed: readonly VolumeStore[]; readonly work: Work},
): Promise<void> {
  const {gone, listed, work} = options
  for (const store of gone.filter((each) => each.scheme === 'nfs')) {
    // The same place may be listed under another label or another name of its host.
    if ((await storesAt(listed, store, {relations: ['same'], signal: work.signal})).length > 0) continue
    try {
      const place = {host: store.host, path: store.path, ...ownerOf(store)}
      await takeRecordOff(adapters, vch, {label: store.label, place, signal: work.signal})
    } catch {
      throwIfInterrupted(work.signal)
      work.note(
        'warning',
        `The record on the share of "${store.label}" could not be taken back; the next register-store or teardown does it.`,
      )
    }
  }
}
