import type {Work} from '../../engine/work.js'
import type {ShareRequest} from '../../model/share.js'
import type {Adapters} from '../adapters.js'
import type {SettleConsents} from '../registration/settle.js'
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
  const {request: wanted, recreate, consents} = wish
  const {work} = context
  await settleExchange(adapters, wanted.name, work)
  // A VCH that is not ready is a matter of what comes after.
  if (!(await adapters.server.info({signal: work.signal})).running) return undefined
  const present = await occupantNow(adapters, wanted.name, work.signal)
  if (present !== undefined && 'records' in present) {
    await unparkShare(adapters, present, {wanted, work})
    return 'unparked'
  }
  if (present === undefined || recreate === undefined) return undefined
  await recreateServer(adapters, present, {wanted, consents: {...recreate, ...consents}, ...context})
  return 'recreated'
}
