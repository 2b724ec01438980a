import {runWork, type Work} from '../engine/work.js'
import {journalled} from '../journal/journalled.js'
import {shellQuote} from '../model/redaction.js'
import {refuseUnconfirmedDelete} from '../model/safety.js'
import {VicnfsError} from '../model/vicnfs-error.js'
import type {Adapters, ServiceOptions} from './adapters.js'
import {withReadyConsumer} from './registration/ready-consumer.js'
import {openChanges, type SettleConsents} from './registration/settle.js'
import {releaseConsumers} from './removal/release-consumers.js'
import {refuseStillListed} from './removal/refuse-still-listed.js'
import {removeServer} from './removal/remove-server.js'
import {placeOfServer} from './removal/server-place.js'
import {shareOfLabel} from './removal/share-of-label.js'
import {findServer, type ServerContainer} from './share/find-server.js'
import {endpointKey, withVchLock} from './vch-lock.js'

export interface TeardownOptions {
  readonly target: {readonly volume: string} | {readonly label: string}
  readonly consents: SettleConsents
  readonly deleteVolume: boolean
  /** The name that the operator confirmed the deletion of data with. */
  readonly confirm?: string
}

export interface TeardownResult {
  readonly outcome: 'removed' | 'unchanged'
  /** The volume or scratch space of the share; the label that was asked for where nobody knows it any more. */
  readonly name: string
  readonly unregistered: readonly string[]
  readonly data: 'kept' | 'deleted' | 'none' | 'unknown'
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

async function dataLeft(adapters: Adapters, name: string, work: Work): Promise<TeardownResult['data']> {
  return (await adapters.server.inspectVolume(name, {signal: work.signal})) === undefined ? 'none' : 'kept'
}

async function deleteVolume(adapters: Adapters, name: string, work: Work): Promise<void> {
  await work.step('delete-volume', `Delete the volume "${name}", as confirmed`, async (step) => {
    const keys = [endpointKey(adapters.server.endpoint)]
    const change = {action: 'volume-remove', keys, data: {volume: name}}
    await journalled(adapters.journal, change, () => adapters.server.removeVolume(name, {signal: step.signal}))
  })
}

async function takeDown(
  adapters: Adapters,
  options: TeardownOptions & {readonly name: string},
  context: {readonly work: Work; readonly held: ReadonlySet<string>},
): Promise<TeardownResult> {
  const {name} = options
  const {work} = context
  const server = await work.step('find', `Find the server container of "${name}"`, async (step) => {
    const found = await findServer(adapters.server, name, {signal: step.signal})
    step.unchanged(found === undefined ? 'there is none' : `${found.container.name}, ${found.container.rawState}`)
    return found
  })
  const scratch = server?.request.scratch === true
  refuseUnconfirmedDelete({...options, scratch})
  if (server === undefined) await refuseStillListed(adapters, name, {...options, ...context})
  const unregistered = server === undefined ? [] : await releaseAndRemove(adapters, server, {...options, ...context})
  // A volume that merely has the name of the scratch space was not named for deletion (S1).
  if (scratch) return {outcome: 'removed', name, unregistered, data: 'deleted'}
  const data = await dataLeft(adapters, name, work)
  if (options.deleteVolume && data === 'kept') {
    await deleteVolume(adapters, name, work)
    return {outcome: 'removed', name, unregistered, data: 'deleted'}
  }
  return {outcome: server === undefined ? 'unchanged' : 'removed', name, unregistered, data}
}

async function releaseAndRemove(
  adapters: Adapters,
  server: ServerContainer,
  options: TeardownOptions & {readonly work: Work; readonly held: ReadonlySet<string>},
): Promise<readonly string[]> {
  const {work} = options
  const place = await placeOfServer(adapters, server, work)
  const labels = await releaseConsumers(adapters, {server, place}, options)
  await removeServer(adapters, server, work)
  return labels
}

/** A label that was un-registered, and of whose share nothing is left. @throws VN-DELETE-UNCONFIRMED */
function nothingLeft({deleteVolume, confirm}: TeardownOptions, label: string): TeardownResult {
  if (!deleteVolume) return {outcome: 'unchanged', name: label, unregistered: [], data: 'unknown'}
  const volume = confirm ?? 'VOLUME'
  throw new VicnfsError('VN-DELETE-UNCONFIRMED', `Nobody knows which volume the store "${label}" was on.`, {
    reason:
      'It is registered no more, its server container is gone, and data is deleted only by the name of its volume.',
    tries: [shellQuote(['vicnfs', 'teardown', volume, '--delete-volume', '--confirm', volume])],
  })
}

/**
 * Takes a share down: consumers refused or un-registered, server container removed, volume kept (S1, S4).
 * @throws VN-IN-USE, VN-NOT-REMOVABLE, VN-OTHER-CONSUMER, VN-SERVER-DOWN, VN-DELETE-UNCONFIRMED, VN-HALF-DONE
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
      const consents = await settleFirst(adapters, {work, held, consents: options.consents})
      const settled = {...options, consents}
      if ('volume' in target) return takeDown(adapters, {...settled, name: target.volume}, {work, held})
      const name = await shareOfLabel(adapters, target.label, {work, held, consents})
      if (name === undefined) return nothingLeft(options, target.label)
      return takeDown(adapters, {...settled, name}, {work, held})
    }
    return withVchLock(adapters, keys, {work, body})
  }, serviceOptions)
}
