import type {Work} from '../../engine/work.js'
import {isVicnfsError} from '../../model/vicnfs-error.js'
import {endpointKey, withVchLock} from '../vch-lock.js'
import {identifyConsumers, type Consumers} from './ready-consumers.js'
import type {RunbookAdapters} from './runbook-adapters.js'
import type {Scope} from './scope.js'
import {settleExchanges} from './phases/settle-exchanges.js'
import {refuseTwoNames} from './survey/survey.js'

interface Locking<T> {
  readonly work: Work
  readonly body: (consumers: Consumers, held: ReadonlySet<string>) => Promise<T>
}

async function identified<T>(
  adapters: RunbookAdapters,
  scope: Scope,
  options: Locking<T> & {readonly held: ReadonlySet<string>},
): Promise<T> {
  const {work, body, held} = options
  await settleExchanges(adapters, scope, work)
  const consumers = await identifyConsumers(adapters, scope, work)
  await refuseTwoNames(adapters, consumers, work)
  const found = [...consumers.values()].flatMap((vch) => (isVicnfsError(vch) ? [] : [vch]))
  const [first] = scope.keys
  return withVchLock(
    adapters.one(first ?? ''),
    found.flatMap(({keys}) => keys),
    {
      work,
      held,
      body: (all, {regained}) =>
        // Another run had a VCH meanwhile, so nothing that was seen before counts.
        regained ? identified(adapters, scope, {...options, held: all}) : body(consumers, all),
    },
  )
}

/**
 * Holds the locks of every VCH of a runbook, servers and consumers, under every name known for them, for as long as
 * `body` runs (S7): what goes on inside takes no lock of its own, so that several VCHs can be worked on side by side.
 * @throws VN-JOURNAL-LOCKED, VN-SETTING-BAD
 */
export async function withRunbookLock<T>(adapters: RunbookAdapters, scope: Scope, options: Locking<T>): Promise<T> {
  const {work} = options
  const keys = scope.keys.map((key) => endpointKey(adapters.one(key).server.endpoint))
  const [first] = scope.keys
  if (first === undefined) return options.body(new Map(), new Set())
  return withVchLock(adapters.one(first), keys, {
    work,
    body: (held) => identified(adapters, scope, {...options, held}),
  })
}
