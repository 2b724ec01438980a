import {orElse} from '../../engine/or-else.js'
import type {Work} from '../../engine/work.js'
import {parseEndpoint} from '../../model/endpoint.js'
import {shellQuote} from '../../model/redaction.js'
import type {ShareRequest} from '../../model/share.js'
import {VicnfsError} from '../../model/vicnfs-error.js'
import type {Adapters} from '../adapters.js'
import type {SettleConsents} from '../registration/settle.js'
import {rootBesideDirectory} from '../registration/share-directory.js'
import {exposeCommand} from '../share/expose-command.js'
import type {ParkedContainer} from '../share/find-server.js'
import {recordsOfParked} from '../removal/share-users.js'
import {endpointKey, withVchLock} from '../vch-lock.js'
import {occupantNow} from './plan.js'
import type {RecreateConsents} from './recreate-rules.js'
import {recreateServer} from './recreate-server.js'
import {settleExchange} from './settle-exchange.js'
import {unparkShare} from './unpark-share.js'

/** What `expose-volume` has to do with a server that stands at the address of the share, before it can go on. */
export interface ExchangeWish {
  readonly request: ShareRequest
  /** Given with --recreate. */
  readonly recreate?: RecreateConsents
  readonly consents: SettleConsents
  /** What is to be registered afterwards. */
  readonly register?: {readonly label: string}
}

/** A record of somebody else may say anything. */
function isEndpoint(text: string): boolean {
  try {
    parseEndpoint(text)
    return true
  } catch {
    return false
  }
}

/**
 * A parked share keeps the labels of its stores: another one on the same VCH, or the root beside directories, would be
 * refused once it is served again, and a refusal leaves everything as it was.
 * @throws VN-PLAN-REFUSED, VN-ROOT-OR-DIRECTORIES
 */
async function refuseOtherLabel(
  adapters: Adapters,
  parked: ParkedContainer,
  {label, signal}: {readonly label: string; readonly signal: AbortSignal},
): Promise<void> {
  const {consumer} = adapters
  const info = await orElse(consumer.info({signal}), undefined, {signal})
  const online = info?.running === true ? info.onlineStores : undefined
  for (const {folder, record} of recordsOfParked(parked)) {
    if (folder !== '') throw rootBesideDirectory(folder, {tries: [exposeCommand(parked.request)]})
    // One that the VCH has no more was rolled back while the share was parked.
    if (record.label === label || online?.includes(record.label) === false) continue
    if (!isEndpoint(record.endpoint)) continue
    if (!(await adapters.sameEndpoint(consumer.endpoint, record.endpoint, {signal}))) continue
    const share = parked.request.name
    const message = `The parked share "${share}" is the store "${record.label}" of "${record.vchName}", so it cannot become "${label}" as well.`
    throw new VicnfsError('VN-PLAN-REFUSED', message, {
      tries: [
        `${exposeCommand(parked.request)} ${shellQuote(['--register', record.label])}`,
        exposeCommand(parked.request),
      ],
    })
  }
}

/**
 * Ends an exchange that was cut off, un-parks a parked share, and with `recreate` exchanges its server container.
 * Whatever comes after finds a server container as asked for, or none.
 * @returns what was done; undefined for nothing
 */
export async function exchangeFirst(
  adapters: Adapters,
  wish: ExchangeWish,
  context: {readonly work: Work; readonly held: ReadonlySet<string>},
): Promise<'unparked' | 'recreated' | undefined> {
  const {request: wanted, recreate, consents, register} = wish
  const {work} = context
  await settleExchange(adapters, wanted.name, work)
  // A VCH that is not ready is a matter of what comes after.
  if (!(await adapters.server.info({signal: work.signal})).running) return undefined
  const present = await occupantNow(adapters, wanted.name, work.signal)
  if (present !== undefined && 'records' in present) {
    // Nobody restarts a VCH that needs a server there while none is there.
    const keys = recordsOfParked(present)
      .map(({record}) => record.endpoint)
      .filter(isEndpoint)
      .map(endpointKey)
    const body = async (held: ReadonlySet<string>, {regained}: {readonly regained: boolean}) => {
      if (regained) return exchangeFirst(adapters, wish, {work, held})
      if (register !== undefined) await refuseOtherLabel(adapters, present, {...register, signal: work.signal})
      await unparkShare(adapters, present, {wanted, work})
      return 'unparked' as const
    }
    return withVchLock(adapters, keys, {work, held: context.held, body})
  }
  if (present === undefined || recreate === undefined) return undefined
  await recreateServer(adapters, present, {wanted, consents: {...recreate, ...consents}, ...context})
  return 'recreated'
}
