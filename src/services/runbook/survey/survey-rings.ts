import type {Work} from '../../../engine/work.js'
import {ringThrough, type Dependence, type ServingRing} from '../../../model/serving-ring.js'
import {isVicnfsError} from '../../../model/vicnfs-error.js'
import {once} from '../../../engine/once.js'
import {orElse} from '../../../engine/or-else.js'
import type {ConsumerVch} from '../../registration/identify-consumer.js'
import {ringLook, servingOn, storesServed, type RingLook, type Serving} from '../../registration/serving-ring.js'
import type {Consumers} from '../ready-consumers.js'
import type {RunbookAdapters} from '../runbook-adapters.js'
import type {Scope} from '../scope.js'

/** Whether VCHs would wait for each other at boot, once a store of this server VCH is on this consumer VCH. */
export type LookForRing = (wanted: Dependence, vch: ConsumerVch) => Promise<ServingRing | undefined>

interface RingOptions {
  readonly consumers: Consumers
  readonly work: Work
}

/** What the runbook itself says: every store in scope makes its VCH need another one, if it is of such a release. */
function declared(scope: Scope, consumers: Consumers): Dependence[] {
  return scope.consumers.flatMap(({key, stores}) => {
    const vch = consumers.get(key)
    if (vch === undefined || isVicnfsError(vch) || !vch.traits.bootLoop) return []
    return stores.map(({share}) => ({consumer: key, server: share.vch}))
  })
}

/** What the VCHs of the runbook have beyond it, as far as it is served by another VCH of the runbook. */
async function found(adapters: RunbookAdapters, scope: Scope, options: RingOptions): Promise<Dependence[]> {
  const {consumers, work} = options
  const {signal} = work
  const serving = new Map<string, () => Promise<Serving | undefined>>(
    adapters.keys.map((key) => [
      key,
      // One that does not answer is known by what it is asked for itself.
      once(() => orElse(servingOn(adapters.one(key).server, {signal}), undefined, {signal})),
    ]),
  )
  const dependences: Dependence[] = []
  for (const {key: consumer, stores} of scope.consumers) {
    const vch = consumers.get(consumer)
    if (vch === undefined || isVicnfsError(vch) || !vch.traits.bootLoop) continue
    const named = new Set(stores.map(({store}) => store.label))
    const others = vch.configuration.stores.filter(({label, scheme}) => scheme === 'nfs' && !named.has(label))
    if (others.length === 0) continue
    for (const [server, look] of serving) {
      const seen = server === consumer ? undefined : await look()
      if (seen !== undefined && (await storesServed(others, seen, {signal})).length > 0)
        dependences.push({consumer, server})
    }
  }
  return dependences
}

/**
 * The looks at VCHs that would serve each other: over the runbook's stores, over what its VCHs have beyond it, and, for
 * a server VCH that the runbook registers nothing on, over what can be asked about it. Nothing is asked before a store of
 * another VCH is looked at.
 */
export function ringsIn(adapters: RunbookAdapters, scope: Scope, options: RingOptions): LookForRing {
  const {consumers, work} = options
  const known = once(async () => [...declared(scope, consumers), ...(await found(adapters, scope, options))])
  const direct = new Map<string, RingLook>()
  return async ({consumer, server}, vch) => {
    if (consumer === server || !vch.traits.bootLoop) return undefined
    const vchs = ringThrough({consumer, server}, await known())
    if (vchs !== undefined) return {vchs, known: 'So say the runbook and the stores that its VCHs have.'}
    const pair = JSON.stringify([consumer, server])
    const look = direct.get(pair) ?? ringLook(adapters.pair(server, consumer), vch, work)
    direct.set(pair, look)
    return look()
  }
}
