import {runWork, type Work} from '../engine/work.js'
import {shellQuote} from '../model/redaction.js'
import {VicnfsError} from '../model/vicnfs-error.js'
import type {Adapters, ServiceOptions} from './adapters.js'
import {settleExchange} from './exchange/settle-exchange.js'
import {withReadyConsumer} from './registration/ready-consumer.js'
import {openChanges, type SettleConsents} from './registration/settle.js'
import {shareOfLabel} from './removal/share-of-label.js'
import {takeDown, type TakeDownOptions, type TeardownResult} from './removal/take-down.js'
import {endpointKey, withVchLock} from './vch-lock.js'

export type {TeardownResult}

export interface TeardownOptions extends TakeDownOptions {
  readonly target: {readonly volume: string} | {readonly label: string}
}

/**
 * A change of ours that is under way takes the Docker API away, perhaps the one that the server is looked for on; and
 * the operator's --reset-progress runs also when there is nothing to take down (S7).
 * @returns the consents that are left to be used
 */
async function settleFirst(
  adapters: Adapters,
  context: {work: Work; held: ReadonlySet<string>; consents: SettleConsents},
): Promise<SettleConsents> {
  const {consents} = context
  const open = await openChanges(adapters.journal, [endpointKey(adapters.consumer.endpoint)])
  if (open.length === 0 && !consents.resetProgress) return consents
  await withReadyConsumer(adapters, consents, {...context, body: () => Promise.resolve()})
  return {...consents, resetProgress: false}
}

/** A label that was un-registered, and of whose share nothing is left. @throws VN-DELETE-UNCONFIRMED */
function nothingLeft({deleteVolume, confirm}: TeardownOptions, label: string): TeardownResult {
  if (!deleteVolume) {
    return {outcome: 'unchanged', name: label, unregistered: [], parked: [], data: 'unknown'}
  }
  const volume = confirm ?? 'VOLUME'
  throw new VicnfsError('VN-DELETE-UNCONFIRMED', `Nobody knows which volume the store "${label}" was on.`, {
    reason:
      'It is registered no more, its server container is gone, and data is deleted only by the name of its volume.',
    tries: [shellQuote(['vicnfs', 'teardown', volume, '--delete-volume', '--confirm', volume])],
  })
}

/**
 * Takes a share down: consumers refused or un-registered, server container removed, volume kept (S1, S4). With `park`
 * an empty server takes the place of one that a VCH needs.
 * @throws VN-IN-USE, VN-NOT-REMOVABLE, VN-NOT-PARKABLE, VN-OTHER-CONSUMER, VN-SERVER-DOWN, VN-DELETE-UNCONFIRMED,
 * VN-HALF-DONE, VN-EXCHANGE-FAILED, VN-ADDRESS-EMPTY
 */
export async function teardownShare(
  options: TeardownOptions,
  adapters: Adapters,
  serviceOptions: ServiceOptions,
): Promise<TeardownResult> {
  return runWork(async (work) => {
    const keys = [endpointKey(adapters.server.endpoint), endpointKey(adapters.consumer.endpoint)]
    const body = async (held: ReadonlySet<string>): Promise<TeardownResult> => {
      const {target} = options
      await settleExchange(adapters, 'volume' in target ? target.volume : undefined, work)
      const consents = await settleFirst(adapters, {work, held, consents: options.consents})
      const settled = {...options, consents}
      if ('volume' in target) return takeDown(adapters, {...settled, name: target.volume, work, held})
      const name = await shareOfLabel(adapters, target.label, {work, held, consents})
      if (name === undefined) return nothingLeft(options, target.label)
      return takeDown(adapters, {...settled, name, work, held})
    }
    return withVchLock(adapters, keys, {work, body})
  }, serviceOptions)
}
