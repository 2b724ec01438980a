import type {Work} from '../../../engine/work.js'
import {isAbout, openExchanges} from '../../exchange/plan.js'
import {settleExchange} from '../../exchange/settle-exchange.js'
import type {RunbookAdapters} from '../runbook-adapters.js'
import type {Scope} from '../scope.js'
import {adaptersOfShare} from '../survey/survey-exchange.js'

/**
 * Ends exchanges of servers of these shares that earlier runs were cut off in: before anything else is looked at, since
 * a VCH may be down because of one (S4). The caller holds the locks of the server VCHs.
 * @throws VN-ADDRESS-EMPTY
 */
export async function settleExchanges(adapters: RunbookAdapters, scope: Scope, work: Work): Promise<void> {
  // Nothing of the whole run is undone as such, so there is nothing to cut: each share has an undo stack of its own.
  const uncut = Object.assign(Object.create(work) as Work, {cutUndo: () => undefined})
  for (const server of new Set(scope.shares.map(({vch}) => vch))) {
    const shares = scope.shares.filter(({vch}) => vch === server)
    const open = await openExchanges(adapters.one(server), work.signal)
    for (const [name, share] of new Map(shares.map((each) => [each.volume.name, each]))) {
      if (!open.some(({plan}) => isAbout(plan, name))) continue
      await settleExchange(adaptersOfShare(adapters, scope, share), name, uncut)
    }
  }
}
