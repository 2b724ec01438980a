import {shellQuote} from '../../../model/redaction.js'
import type {Work} from '../../../engine/work.js'
import {isVicnfsError, VicnfsError} from '../../../model/vicnfs-error.js'
import type {VolumeStore} from '../../../model/volume-store.js'
import type {RunbookShare} from '../../../runbook/runbook.js'
import type {Adapters} from '../../adapters.js'
import type {ConsumerVch} from '../../registration/identify-consumer.js'
import {pathRelation} from '../../registration/store-place.js'
import {requireUnregistrable, type Leaving} from '../../removal/unregister.js'
import {occupantNow} from '../../exchange/plan.js'
import type {ParkedContainer, ServerContainer} from '../../share/find-server.js'
import {adaptersOf, eachConsumer, type Consumers} from '../ready-consumers.js'
import type {RunbookAdapters} from '../runbook-adapters.js'
import type {Scope, ScopedStore} from '../scope.js'
import {tried, type VchKeys} from '../vch-place.js'

/** A share with the server container that is to go, or the empty one in its place; undefined when there is none. */
export interface LeavingShare {
  readonly share: RunbookShare
  readonly server: ServerContainer | ParkedContainer | undefined
  readonly error?: VicnfsError
}

/** A consumer VCH with the stores of the runbook that it lists. */
export interface LeavingVch {
  readonly key: string
  readonly stores: readonly ScopedStore[]
  readonly vch?: ConsumerVch
  readonly listed: readonly VolumeStore[]
  readonly error?: VicnfsError
}

export interface DestroySurvey {
  readonly shares: readonly LeavingShare[]
  readonly vchs: readonly LeavingVch[]
}

/** The store of a runbook as a VCH lists it: by label, and by the folder of its share. */
export function listedStore(stores: readonly VolumeStore[], {share, store}: ScopedStore): VolumeStore | undefined {
  const {exportFolder} = share.request
  const path = store.directory === undefined ? exportFolder : `${exportFolder}/${store.directory}`
  return stores.find(
    (each) => each.label === store.label && each.scheme === 'nfs' && pathRelation(each.path, path) === 'same',
  )
}

/** @throws VN-IN-USE while containers have volumes of the stores, running or not */
async function refuseUsedStores(adapters: Adapters, labels: readonly string[], work: Work): Promise<void> {
  const {signal} = work
  const api = adapters.consumer
  const volumes = (await api.listVolumes({signal})).filter(({store}) => store !== undefined && labels.includes(store))
  const used: string[] = []
  for (const {name, store = ''} of volumes) {
    const containers = await api.listContainers({volume: name}, {signal})
    used.push(...containers.map((each) => `${each.name} (${name} on ${store}, ${each.state})`))
  }
  if (used.length === 0) return
  throw new VicnfsError('VN-IN-USE', `${used.length} container(s) use volumes of stores that are to go.`, {
    reason: `They are: ${used.slice(0, 10).join(', ')}.`,
    details: {used},
  })
}

/** The server containers of stores; those on the server VCH of the first, which is the one that the VCH is asked beside. */
export function serversOf(
  shares: readonly LeavingShare[],
  stores: readonly ScopedStore[],
): (ServerContainer | ParkedContainer)[] {
  const [first] = stores
  const near = shares.filter(
    ({share}) => share.vch === first?.share.vch && stores.some((each) => each.share.key === share.key),
  )
  return near.flatMap(({server}) => server ?? [])
}

/** What the rollback of a registration needs to know of what is to go. */
export function leavingOf(
  listed: readonly VolumeStore[],
  all: readonly VolumeStore[],
  servers: readonly ServerContainer[],
): Leaving {
  const share = servers.map(({request}) => request.name).join(', ')
  return {stores: all, labels: listed.map(({label}) => label), share, servers}
}

function noServer(key: string): VicnfsError {
  return new VicnfsError('VN-SHARE-NO-SERVER', `"${key}" lists stores whose server container is not there.`, {
    reason: 'Without it the VCH may not boot again: bring the shares up first.',
  })
}

async function lookAtVch(
  adapters: RunbookAdapters,
  scope: Scope,
  options: {
    readonly key: string
    readonly vch: ConsumerVch
    readonly shares: readonly LeavingShare[]
    readonly work: Work
  },
): Promise<LeavingVch> {
  const {key, vch, shares, work} = options
  const stores = scope.consumers.find((each) => each.key === key)?.stores ?? []
  const all = vch.configuration.stores
  const listed = stores.flatMap((scoped) => listedStore(all, scoped) ?? [])
  if (listed.length === 0) return {key, stores, vch, listed}
  const own = adaptersOf(adapters, scope, key)
  const servers = serversOf(shares, stores)
  if (servers.length === 0) return {key, stores, vch, listed, error: noServer(key)}
  try {
    const leaving = {...leavingOf(listed, all, servers), signal: work.signal}
    await requireUnregistrable(own, vch, leaving)
    await refuseUsedStores(own, leaving.labels, work)
    return {key, stores, vch, listed}
  } catch (error) {
    if (!isVicnfsError(error) || error.kind === 'interrupted') throw error
    return {key, stores, vch, listed, error}
  }
}

async function lookAtShare(adapters: RunbookAdapters, share: RunbookShare, work: Work): Promise<LeavingShare> {
  const server = await occupantNow(adapters.one(share.vch), share.volume.name, work.signal)
  // The data of scratch space went when it was parked.
  if (server?.request.scratch !== true || 'records' in server) return {share, server}
  const error = new VicnfsError('VN-DELETE-UNCONFIRMED', `The data of "${share.volume.name}" goes with its server.`, {
    reason: 'It is scratch space, and a runbook never deletes data.',
    tries: [shellQuote(['vicnfs', 'teardown', share.volume.name, '--delete-volume', '--confirm', share.volume.name])],
  })
  return {share, server, error}
}

/** A consumer VCH beside the server VCH that it is asked beside. */
export function vchsOfStores({key, stores}: Pick<LeavingVch, 'key' | 'stores'>): VchKeys {
  return {server: stores[0]?.share.vch, consumer: key}
}

/** Looks at what is to go, and at everything that speaks against it; changes nothing. */
export async function surveyDestroy(
  adapters: RunbookAdapters,
  scope: Scope,
  options: {readonly consumers: Consumers; readonly work: Work},
): Promise<DestroySurvey> {
  const {consumers, work} = options
  const shares: LeavingShare[] = []
  for (const share of scope.shares) {
    try {
      shares.push(await lookAtShare(adapters, share, work))
    } catch (error) {
      if (!isVicnfsError(error) || error.kind === 'interrupted') throw error
      shares.push({share, server: undefined, error})
    }
  }
  const looked = await eachConsumer([...consumers.keys()], async (key) => {
    const vch = consumers.get(key)
    if (vch === undefined || isVicnfsError(vch)) throw vch ?? new TypeError(`unknown VCH ${key}`)
    return lookAtVch(adapters, scope, {key, vch, shares, work})
  })
  const vchs = scope.consumers.map(({key, stores}): LeavingVch => {
    const found = looked.get(key)
    return found === undefined || isVicnfsError(found)
      ? {key, stores, listed: [], ...(found === undefined ? {} : {error: found})}
      : found
  })
  const {commands} = adapters
  return {
    shares: shares.map((each) => tried(each, commands, {server: each.share.vch})),
    vchs: vchs.map((each) => tried(each, commands, vchsOfStores(each))),
  }
}
