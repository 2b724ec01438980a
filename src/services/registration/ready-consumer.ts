import type {Work} from '../../engine/work.js'
import type {Adapters} from '../adapters.js'
import {withVchLock} from '../vch-lock.js'
import {identifyConsumer, type ConsumerVch} from './identify-consumer.js'
import {settleEarlierChanges, type SettleConsents} from './settle.js'

/**
 * Hands over the consumer VCH identified (S10), with every earlier change of ours settled and its API answering.
 * The caller holds the endpoint's lock; the lock under its vCenter and VM id is taken here for as long as `body` runs.
 * @throws VN-DIFFERENT-VCH, VN-HALF-DONE, VN-VCH-DOWN, VN-VICMACHINE-…
 */
export async function withReadyConsumer<T>(
  adapters: Adapters,
  consents: SettleConsents,
  options: {readonly work: Work; readonly held: ReadonlySet<string>; readonly body: (vch: ConsumerVch) => Promise<T>},
): Promise<T> {
  const {work, held, body} = options
  const first = await identifyConsumer(adapters, {work})
  return withVchLock(adapters, first.keys, {
    work,
    held,
    body: async (all, {regained}) => {
      // Another run had the VCH meanwhile, so nothing that was seen before counts.
      if (regained) return withReadyConsumer(adapters, consents, {work, held: all, body})
      await settleEarlierChanges(adapters, first, {work, consents})
      // What was seen while it was down is no proof of identity for a change (S10).
      const vch = first.presence === 'up' ? first : await identifyConsumer(adapters, {work})
      return body(vch)
    },
  })
}
