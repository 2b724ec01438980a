import type {Work} from '../../../engine/work.js'
import {refuseUnregistrable, type RegistrableConsents} from '../../../model/safety.js'
import type {ServingRing} from '../../../model/serving-ring.js'
import {planStores, type StorePlan} from '../../../model/store-plan.js'
import {isVicnfsError, VicnfsError} from '../../../model/vicnfs-error.js'
import {nfsStore, parseStoreArgument, storeUrl, type VolumeStore} from '../../../model/volume-store.js'
import type {ShareAddress} from '../../../nfs/preflight/report.js'
import type {Adapters} from '../../adapters.js'
import type {ConsumerVch} from '../../registration/identify-consumer.js'
import {admitConsumer, onShare} from '../../registration/record.js'
import type {RegisterConsents} from '../../registration/register-wish.js'
import {admitDirectory, placeInDirectory, refuseUsedDirectories} from '../../registration/share-directory.js'
import {storesAt} from '../../registration/store-place.js'
import {quietWork} from './quiet-work.js'
import type {LookForRing} from './survey-rings.js'
import type {RunbookAdapters} from '../runbook-adapters.js'
import type {ScopedStore} from '../scope.js'
import type {VchKeys} from '../vch-place.js'
import type {SurveyedShare} from './survey-shares.js'

/** A store that is wanted on a consumer VCH, and why it cannot be, if so. */
export interface SurveyedStore {
  readonly label: string
  readonly share: SurveyedShare
  readonly directory?: string
  readonly store?: VolumeStore
  readonly isAdded: boolean
  readonly error?: VicnfsError
}

/** A consumer VCH with what would become of its stores. */
export interface SurveyedConsumer {
  readonly key: string
  readonly vch?: ConsumerVch
  readonly stores: readonly SurveyedStore[]
  readonly existing: readonly VolumeStore[]
  readonly plan?: StorePlan
  /** Of the VCH as a whole. */
  readonly error?: VicnfsError
}

/** A consumer VCH beside the server VCH that most of what is said of it is about. */
export function vchsOf({key, stores}: SurveyedConsumer): VchKeys {
  return {server: stores[0]?.share.share.vch, consumer: key}
}

/** 192.0.2.0/24 is never anybody's (RFC 5737). */
const NOBODY = '192.0.2.1'

const HINDERED = new VicnfsError('VN-RUNBOOK-REFUSED', 'Its share is refused.', {
  reason: 'A store needs its share.',
})

function placeOf(share: SurveyedShare, directory: string | undefined): ShareAddress {
  return directory === undefined ? share.place : placeInDirectory(share.place, directory)
}

/** The store as wanted; where its address is not known yet, the one that the label has now is taken. */
function wantedStore(share: SurveyedShare, {store}: ScopedStore, existing: readonly VolumeStore[]): VolumeStore {
  const {label, directory} = store
  const place = placeOf(share, directory)
  const current = existing.find((each) => each.label === label && each.scheme === 'nfs')
  const wanted = nfsStore({...place, label, host: place.host === '' ? (current?.host ?? NOBODY) : place.host})
  // An argument that does not read back as itself would register something else than what was planned.
  parseStoreArgument(wanted.argument)
  return wanted
}

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

async function refuseTwin(store: VolumeStore, others: readonly VolumeStore[]): Promise<void> {
  const [twin] = await storesAt(others, {host: store.host, path: store.path}, ['same'])
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

interface SurveyOptions {
  readonly shares: ReadonlyMap<string, SurveyedShare>
  readonly consents: RegisterConsents
  readonly rings: LookForRing
  /** The command that applies the runbook. */
  readonly again: string
  readonly work: Work
}

/** Everything that speaks against a new store, as far as it can be seen now. */
async function whyNot(
  adapters: RunbookAdapters,
  vch: ConsumerVch,
  options: SurveyOptions & {readonly key: string; readonly wanted: SurveyedStore; readonly plan: StorePlan},
): Promise<VicnfsError | undefined> {
  const {key, wanted, plan, consents, rings, work} = options
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
    refuseByRules(vch, wanted, {selfHosted: server === key, ring, consents, again: options.again})
    await refuseTwin(
      store,
      plan.stores.filter((each) => each.label !== label),
    )
    await admitOnShare(adapters.pair(server, key), vch, {wanted, consents, work})
    return undefined
  } catch (error) {
    if (!isVicnfsError(error) || error.kind === 'interrupted') throw error
    return OF_RULES.has(error.kind) ? error : undefined
  }
}

function want(
  scoped: ScopedStore,
  options: SurveyOptions & {readonly existing: readonly VolumeStore[]},
): SurveyedStore {
  const {shares, existing} = options
  const {label, directory} = scoped.store
  const share = shares.get(scoped.share.key) as SurveyedShare
  const base = {label, share, isAdded: false, ...(directory === undefined ? {} : {directory})}
  if (share.error !== undefined) return {...base, error: HINDERED}
  try {
    return {...base, store: wantedStore(share, scoped, existing)}
  } catch (error) {
    if (!isVicnfsError(error)) throw error
    return {...base, error}
  }
}

/** Says what would become of the stores of one consumer VCH; changes nothing. */
export async function surveyStores(
  adapters: RunbookAdapters,
  consumer: {readonly key: string; readonly stores: readonly ScopedStore[]; readonly vch: ConsumerVch | VicnfsError},
  options: SurveyOptions,
): Promise<SurveyedConsumer> {
  const {key, vch} = consumer
  if (isVicnfsError(vch)) {
    const stores = consumer.stores.map((scoped) => want(scoped, {...options, existing: []}))
    return {key, stores, existing: [], error: vch}
  }
  const {stores: existing} = vch.configuration
  const wanted = consumer.stores.map((scoped) => want(scoped, {...options, existing}))
  const plan = planStores(
    existing,
    wanted.flatMap(({store}) => store ?? []),
  )
  const added = new Set(plan.added.map(({label}) => label))
  const stores: SurveyedStore[] = []
  for (const each of wanted) {
    const isAdded = each.store !== undefined && added.has(each.label)
    const error = await whyNot(adapters, vch, {...options, key, wanted: {...each, isAdded}, plan})
    stores.push({...each, isAdded, ...(error === undefined ? {} : {error})})
  }
  return {key, vch, stores, existing, plan}
}
