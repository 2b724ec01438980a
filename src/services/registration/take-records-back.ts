import type {Work} from '../../engine/work.js'
import {journalled} from '../../journal/journalled.js'
import {ownerOf, type VolumeStore} from '../../model/volume-store.js'
import type {Adapters} from '../adapters.js'
import type {ConsumerVch} from './identify-consumer.js'
import {onShare, removeOwnRecord} from './record.js'
import {storesAt} from './store-place.js'

/**
 * Takes our records off the shares among `gone` that the VCH does not list, however a change ended (DESIGN § 4, "The record on the
 * share"). A share that is not reachable now keeps its record, with a warning.
 */
export async function takeRecordsBack(
  adapters: Adapters,
  vch: ConsumerVch,
  options: {readonly gone: readonly VolumeStore[]; readonly listed: readonly VolumeStore[]; readonly work: Work},
): Promise<void> {
  const {gone, listed, work} = options
  for (const store of gone.filter((each) => each.scheme === 'nfs')) {
    // The same place may be listed under another label or another name of its host.
    if ((await storesAt(listed, store, ['same'])).length > 0) continue
    const signal = AbortSignal.any([work.signal, AbortSignal.timeout(adapters.limits.stepTimeoutMs * 3)])
    try {
      const place = {host: store.host, path: store.path, ...ownerOf(store)}
      const change = {action: 'record-remove', keys: vch.keys, data: {label: store.label, place}}
      await onShare(adapters, place, {
        signal,
        body: (session) => journalled(adapters.journal, change, () => removeOwnRecord(vch, session)),
      })
    } catch {
      work.note(
        'warning',
        `The record on the share of "${store.label}" could not be taken back; the next register-store or teardown does it.`,
      )
    }
  }
}
