import type {Work} from '../../engine/work.js'
import {EXCHANGE_CUT} from '../../model/event.js'
import {LABELS} from '../../model/share.js'
import {messageOf} from '../../model/vicnfs-error.js'
import type {Adapters} from '../adapters.js'
import {addressEmpty, bringBack} from './exchange-server.js'
import {bringUp} from './occupy.js'
import {closeExchange, isAbout, occupantIn, openExchanges, type ExchangeEnd, type ExchangePlan} from './plan.js'

/** Finishes an exchange whose new container is there and known to serve, else puts back what stood there before. */
async function finishOrRestore(adapters: Adapters, plan: ExchangePlan, work: Work): Promise<ExchangeEnd> {
  const info = await adapters.server.info({signal: work.signal})
  const present = await occupantIn(adapters, plan, work.signal)
  if (present?.container.labels[LABELS.run] === plan.run && plan.asksVch !== true) {
    try {
      await bringUp(adapters, present.container, {occupant: plan.to, stores: plan.stores, work})
      return 'done'
    } catch (error) {
      work.note('warning', `The new server does not serve, so the one of before is put back: ${messageOf(error)}`)
    }
  }
  await bringBack(adapters, plan, {info, work})
  return 'restored'
}

export interface SettledExchange {
  readonly plan: ExchangePlan
  readonly end: ExchangeEnd
}

/**
 * Ends the exchange of a share's server that an earlier run began and did not end (S4, S6): no command on the share goes
 * on before one of both serves at its address. Nothing else comes before it, since the VCH may be down because of it.
 * @param share all shares of this server VCH when undefined
 * @returns what was ended, and how
 * @throws VN-ADDRESS-EMPTY
 */
export async function settleExchange(
  adapters: Adapters,
  share: string | undefined,
  work: Work,
): Promise<readonly SettledExchange[]> {
  const settled: SettledExchange[] = []
  for (const {intent, plan} of await openExchanges(adapters, work.signal)) {
    if (share !== undefined && !isAbout(plan, share)) continue
    const {name} = plan.from.request
    work.note('info', `An earlier run was cut off while it exchanged the server of "${name}": that is ended first.`)
    work.cutUndo(EXCHANGE_CUT)
    let end: ExchangeEnd
    try {
      end = await finishOrRestore(adapters, plan, work.shielded())
    } catch (error) {
      throw addressEmpty(plan, error)
    }
    await closeExchange(adapters, intent.id, end)
    settled.push({plan, end})
  }
  return settled
}
