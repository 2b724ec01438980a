import type {Work} from '../../engine/work.js'
import {ownerOf, type VolumeStore} from '../../model/volume-store.js'
import type {Adapters} from '../adapters.js'
import type {ConsumerVch} from './identify-consumer.js'
import {onShare, removeOwnRecord} from './record.js'

/**
 * Takes our records off the shares that the VCH does not list, however a change ended (DESIGN § 4, "The record on the
 * share"). A share that is not reachable now keeps its record, with a warning.
 */
export async function takeRecordsBack(
  adapters: Adapters,
  vch: ConsumerVch,
  options: {readonly gone: readonly VolumeStore[]; readonly work: Work},
): Promise<void> {
  const {gone, work} = options
  for (const store of gone.filter((each) => each.scheme === 'nfs')) {
    const signal = AbortSignal.any([work.signal, AbortSignal.timeout(adapters.limits.stepTimeoutMs * 3)])
    try {
      const place = {host: store.host, path: store.path, ...ownerOf(store)}
      await onShare(adapters, place, {signal, body: (session) => removeOwnRecord(vch, session)})
    } catch {
      work.note(
        'warning',
        `The record on the share of "${store.label}" could not be taken back; the next register-store or teardown does it.`,
      )
    }
  }
}
