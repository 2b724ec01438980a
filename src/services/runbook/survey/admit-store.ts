import type {Work} from '../../../engine/work.js'
import {refuseUnregistrable, type RegistrableConsents} from '../../../model/safety.js'
import type {ServingRing} from '../../../model/serving-ring.js'
import type {StorePlan} from '../../../model/store-plan.js'
import {isVicnfsError, VicnfsError} from '../../../model/vicnfs-error.js'
import {storeUrl, type VolumeStore} from '../../../model/volume-store.js'
import type {Adapters} from '../../adapters.js'
import type {ConsumerVch} from '../../registration/identify-consumer.js'
import {admitConsumer, onShare} from '../../registration/record.js'
import type {RegisterConsents} from '../../registration/register-wish.js'
import {admitDirectory, refuseUsedDirectories} from '../../registration/share-directory.js'
import {storesAt} from '../../registration/store-place.js'
import type {RunbookAdapters} from '../runbook-adapters.js'
import {quietWork} from './quiet-work.js'
import type {LookForRing} from './survey-rings.js'
import type {SurveyedStore} from './survey-stores.js'

/** Refuses what the records on a share that is served already forbid; looks only. */
async function admitOnShare(
  adapters: Adapters,
  vch: ConsumerVch,
  options: {readonly wanted: SurveyedStore; readonly consents: RegisterConsents; readonly work: Work},
): Promise<void> {
  const {wanted, consents, work} = options
  const {share, directory, label} = wanted
  if (share.draft?.server?.container.state !== 'running' || share.place.host === '') return
  if (directory !== undefined) return admitDirectory(adapters, share.place, {name: directory, work: quietWork(work)})
  const {signal} = work
  await onShare(adapters, share.place, {
    signal,
    body: async (session) => {
      await refuseUsedDirectories(adapters, share.place, {session, signal})
      const place = share.place
      const admitted = {adapters, place, label, share: share.share.volume.name, consents, signal}
      await admitConsumer(vch, session, {...admitted, adoptStore: consents.adoptStore})
    },
  })
}

/** Trouble with reaching a share says nothing about the rules; whoever brings it up waits for it. */
const OF_RULES = new Set(['refused', 'usage'])

async function refuseTwin(
  store: VolumeStore,
  others: readonly VolumeStore[],
  {signal}: {readonly signal: AbortSignal},
): Promise<void> {
  const [twin] = await storesAt(others, {host: store.host, path: store.path}, {relations: ['same'], signal})
  if (twin === undefined) return
  throw new VicnfsError(
    'VN-PLAN-REFUSED',
    `The place of "${store.label}" is registered under the label "${twin.label}".`,
    {
      reason: `${storeUrl(twin)} is the same place: two stores on one export would delete each other's volumes.`,
    },
  )
}

function refuseByRules(
  vch: ConsumerVch,
  wanted: SurveyedStore,
  options: {selfHosted: boolean; ring: ServingRing | undefined; consents: RegistrableConsents; again: string},
) {
  const {share, label} = wanted
  const {choice} = share.draft ?? {}
  const {name} = share.share.volume
  const facts = {
    selfHosted: options.selfHosted,
    ...(options.ring === undefined ? {} : {ring: options.ring}),
    bootLoop: vch.traits.bootLoop,
    ownAddress: choice?.external === true,
    addressAskedFor: choice !== undefined && choice.address !== null,
    share: name,
    volume: name,
    label,
    again: options.again,
  }
  refuseUnregistrable(facts, options.consents)
}

interface AdmitOptions {
  /** Key of the consumer VCH. */
  readonly key: string
  readonly wanted: SurveyedStore
  readonly plan: StorePlan
  readonly consents: RegisterConsents
  readonly rings: LookForRing
  /** The command that applies the runbook. */
  readonly again: string
  readonly work: Work
}

/** Everything that speaks against a new store, as far as it can be seen now. */
export async function whyNot(
  adapters: RunbookAdapters,
  vch: ConsumerVch,
  options: AdmitOptions,
): Promise<VicnfsError | undefined> {
  const {key, wanted, plan, consents, rings, again, work} = options
  const {share, store, label} = wanted
  if (store === undefined || wanted.error !== undefined) return wanted.error
  const line = plan.lines.find((each) => each.store.label === label && each.kind !== 'keep')
  if (line?.kind === 'refused' || line?.kind === 'ignored') {
    return new VicnfsError('VN-PLAN-REFUSED', `The store "${label}" cannot be registered so: ${line.reason ?? ''}.`)
  }
  if (!wanted.isAdded) return undefined
  const server = share.share.vch
  try {
    const ring = await rings({consumer: key, server}, vch)
    refuseByRules(vch, wanted, {selfHosted: server === key, ring, consents, again})
    await refuseTwin(
      store,
      plan.stores.filter((each) => each.label !== label),
      work,
    )
    await admitOnShare(adapters.pair(server, key), vch, {wanted, consents, work})
    return undefined
  } catch (error) {
    if (!isVicnfsError(error) || error.kind === 'interrupted') throw error
    return OF_RULES.has(error.kind) ? error : undefined
  }
}
