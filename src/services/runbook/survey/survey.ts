import type {Work} from '../../../engine/work.js'
import {shellQuote} from '../../../model/redaction.js'
import {isVicnfsError, VicnfsError} from '../../../model/vicnfs-error.js'
import {consentFlags} from '../../registration/recovery-steps.js'
import type {RegisterConsents} from '../../registration/register-wish.js'
import {endpointKey, resolvedKeys} from '../../vch-lock.js'
import type {Consumers} from '../ready-consumers.js'
import type {RunbookAdapters} from '../runbook-adapters.js'
import {scopeArguments, type Scope} from '../scope.js'
import {tried} from '../vch-place.js'
import {openPhases} from '../phases/open-phases.js'
import {admitExchanges} from './survey-exchange.js'
import {ringsIn} from './survey-rings.js'
import {surveyShares, type SurveyedShare} from './survey-shares.js'
import {surveyStores, vchsOf, type SurveyedConsumer} from './survey-stores.js'

/** All that a plan is made of. */
export interface Survey {
  readonly shares: readonly SurveyedShare[]
  readonly consumers: readonly SurveyedConsumer[]
  /** Ids of the phases whose steps an earlier run has begun and not ended. */
  readonly openPhases: ReadonlySet<string>
}

/**
 * Two names for one VCH would be worked on side by side, which two changes of one VCH must never be (S7).
 * @throws VN-SETTING-BAD
 */
export async function refuseTwoNames(adapters: RunbookAdapters, consumers: Consumers, work: Work): Promise<void> {
  const known = new Map<string, string>()
  for (const key of adapters.keys) {
    const found = consumers.get(key)
    const own = [endpointKey(adapters.one(key).server.endpoint)]
    const keys = found === undefined || isVicnfsError(found) ? own : [...own, ...found.keys]
    for (const name of await resolvedKeys(keys, {signal: work.signal})) {
      const other = known.get(name)
      if (other !== undefined && other !== key) {
        throw new VicnfsError('VN-SETTING-BAD', `"${other}" and "${key}" are two names for one VCH.`, {
          reason: 'Work on different VCHs is done side by side, and one VCH must never be configured twice at a time.',
        })
      }
      known.set(name, key)
    }
  }
}

interface SurveyOptions {
  readonly consumers: Consumers
  readonly consents: RegisterConsents
  /** Consent to exchange server containers that differ. */
  readonly recreate: boolean
  /** Shares that this machine cannot reach are looked at from the VCHs that use them. */
  readonly fromVch?: boolean | undefined
  readonly work: Work
}

/** Looks at the shares of each server VCH, side by side. */
async function surveyServers(
  adapters: RunbookAdapters,
  scope: Scope,
  options: SurveyOptions,
): Promise<SurveyedShare[]> {
  const {recreate, consumers, work} = options
  const servers = [...new Set(scope.shares.map(({vch}) => vch))]
  const found = await Promise.all(
    servers.map((key) => {
      const own = scope.shares.filter(({vch}) => vch === key)
      return work.step(
        `${key}/shares`,
        `${key}: Look at ${own.length} share${own.length === 1 ? '' : 's'}`,
        async (step) => {
          const shares = await surveyShares(adapters.one(key), own, {recreate, work})
          const running = shares.filter(({draft}) => draft?.server?.container.state === 'running').length
          step.unchanged(`${running} served`)
          return shares
        },
      )
    }),
  )
  return admitExchanges(adapters, scope, {shares: found.flat(), consumers, work})
}

/** Looks at everything that is in scope; makes nothing. */
export async function surveyRunbook(adapters: RunbookAdapters, scope: Scope, options: SurveyOptions): Promise<Survey> {
  const {consumers, work} = options
  const shares = await surveyServers(adapters, scope, options)
  const rings = ringsIn(adapters, scope, {consumers, work})
  const {file} = scope.runbook
  const again = shellQuote([
    'vicnfs',
    'runbook',
    'apply',
    file,
    ...scopeArguments(scope.wish),
    ...consentFlags(options.consents),
    ...(options.fromVch === true ? ['--from', 'vch'] : []),
  ])
  const byKey = new Map(shares.map((share) => [share.share.key, share]))
  const surveyed = await Promise.all(
    scope.consumers.map(({key, stores}) =>
      work.step(`${key}/stores`, `${key}: Read its volume stores and plan`, async (step) => {
        const vch = consumers.get(key) ?? new VicnfsError('VN-BUG', `The VCH "${key}" was not looked at.`)
        const consumer = await surveyStores(adapters, {key, stores, vch}, {...options, shares: byKey, rings, again})
        const added = consumer.stores.filter(({isAdded}) => isAdded).length
        step.unchanged(added === 0 ? 'nothing to add' : `${added} to add, ${consumer.existing.length} to restate`)
        return consumer
      }),
    ),
  )
  const all = scope.shares.map(({key}) => byKey.get(key) as SurveyedShare)
  const {commands} = adapters
  return {
    shares: all.map((share) => tried(share, commands, {server: share.share.vch})),
    consumers: surveyed.map((consumer) => ({
      ...tried(consumer, commands, vchsOf(consumer)),
      stores: consumer.stores.map((store) =>
        tried(store, commands, {server: store.share.share.vch, consumer: consumer.key}),
      ),
    })),
    openPhases: await openPhases(adapters, scope),
  }
}
