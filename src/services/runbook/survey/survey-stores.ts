import type {Work} from '../../../engine/work.js'
import {planStores, type StorePlan} from '../../../model/store-plan.js'
import {isVicnfsError, VicnfsError} from '../../../model/vicnfs-error.js'
import {nfsStore, parseStoreArgument, type VolumeStore} from '../../../model/volume-store.js'
import type {ShareAddress} from '../../../nfs/preflight/report.js'
import type {ConsumerVch} from '../../registration/identify-consumer.js'
import type {RegisterConsents} from '../../registration/register-wish.js'
import {placeInDirectory} from '../../registration/share-directory.js'
import type {RunbookAdapters} from '../runbook-adapters.js'
import type {ScopedStore} from '../scope.js'
import {whyNot} from './admit-store.js'
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

interface SurveyOptions {
  readonly shares: ReadonlyMap<string, SurveyedShare>
  readonly consents: RegisterConsents
  readonly work: Work
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
