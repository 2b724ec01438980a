import type {JournalEntry, JournalRecord} from '../../journal/entry.js'
import {shellQuote} from '../../model/redaction.js'
import {parseStoreArgument, type VolumeStore} from '../../model/volume-store.js'
import type {Adapters} from '../adapters.js'
import type {ChangeData} from '../registration/run-change.js'
import {EXCHANGE, type ExchangePlan} from '../exchange/plan.js'
import {hostAddresses} from '../registration/host-addresses.js'
import {pathRelation, storesAt} from '../registration/store-place.js'
import {endpointKey, resolvedKeys} from '../vch-lock.js'

/** Where shares of one name were served, as far as the journal knows. */
export interface ShareSites {
  /** Folders that they were exported from. */
  readonly paths: readonly string[]
  /** Addresses of server containers on this server VCH. */
  readonly ownHosts: readonly string[]
  /** Addresses of server containers on other VCHs, whose share merely has the same name. */
  readonly otherHosts: readonly string[]
}

const SERVER_CHANGES = new Set(['server-create', 'server-remove', EXCHANGE])

const texts = (...values: readonly unknown[]): string[] =>
  values.filter((value) => typeof value === 'string' && value !== '') as string[]

/** An exchange that was taken back has moved no share to its address. */
function wasTakenBack({intent, result}: JournalRecord): boolean {
  const {from, to} = intent.data as unknown as ExchangePlan
  return intent.action === EXCHANGE && result?.data['outcome'] === 'restored' && from.request.name !== to.request.name
}

/** What the journal says about server containers; each entry with whether it is about this server VCH. */
async function serverChanges(
  adapters: Adapters,
  signal: AbortSignal,
): Promise<readonly {readonly intent: JournalEntry; readonly isOwn: boolean}[]> {
  const ours = new Set(await resolvedKeys([endpointKey(adapters.server.endpoint)], {signal}))
  const changes = (await adapters.journal.history()).filter(
    (record) => SERVER_CHANGES.has(record.intent.action) && !wasTakenBack(record),
  )
  const own = new Set<string>()
  // One endpoint has many spellings, and its share must not pass for that of another VCH.
  for (const key of new Set(changes.flatMap(({intent}) => intent.vch.keys))) {
    if ((await resolvedKeys([key], {signal})).some((each) => ours.has(each))) own.add(key)
  }
  return changes.map(({intent}) => ({intent, isOwn: intent.vch.keys.some((key) => own.has(key))}))
}

/** Paths of the stores that were registered as this share. */
async function registeredPaths({journal}: Adapters, name: string): Promise<string[]> {
  const teardown = shellQuote(['vicnfs', 'teardown', name, '--reset-progress'])
  const added = (await journal.history()).flatMap(({intent}) => {
    const {addedStores = [], wayOuts = []} = intent.data as Partial<ChangeData>
    return addedStores.filter((_, index) => wayOuts[index]?.teardown === teardown)
  })
  return texts(...added).map((argument) => parseStoreArgument(argument).path)
}

/** Where a share of this name was, or would have been, served. */
export async function sitesOf(adapters: Adapters, name: string, signal: AbortSignal): Promise<ShareSites> {
  const changes = (await serverChanges(adapters, signal)).filter(({intent}) => intent.data['share'] === name)
  const known = texts(...changes.map(({intent}) => intent.data['path']))
  const hosts = (isOwn: boolean): string[] =>
    texts(...changes.filter((change) => change.isOwn === isOwn).map(({intent}) => intent.data['address']))
  return {
    paths: [...new Set([`/exports/${name}`, ...known, ...(await registeredPaths(adapters, name))])],
    ownHosts: hosts(true),
    otherHosts: hosts(false),
  }
}

/** The folder of the share that a store lies in. */
export function folderOf(store: VolumeStore, sites: ShareSites): string | undefined {
  return sites.paths.find((path) => ['same', 'below'].includes(pathRelation(store.path, path)))
}

/**
 * The stores that lie on the share. One counts by its path alone, unless it is known to lie on the share of another VCH:
 * then the addresses of both are known, and they differ.
 */
export async function storesOnShare(
  stores: readonly VolumeStore[],
  sites: ShareSites,
  options: {readonly signal: AbortSignal},
): Promise<VolumeStore[]> {
  const {ownHosts, otherHosts} = sites
  const near = stores.filter((store) => store.scheme === 'nfs' && folderOf(store, sites) !== undefined)
  const decided = await Promise.all(
    near.map(async (store) => {
      const addresses = await hostAddresses([store.host], options)
      const lies = (hosts: readonly string[]): boolean => hosts.some((host) => addresses.includes(host))
      return ownHosts.length > 0 && lies(otherHosts) && !lies(ownHosts) ? undefined : store
    }),
  )
  return decided.filter((store) => store !== undefined)
}

/** The share that was served at the place of a store on this server VCH, for one whose server container is gone. */
export async function shareOnceAt(
  adapters: Adapters,
  store: VolumeStore,
  signal: AbortSignal,
): Promise<string | undefined> {
  const changes = (await serverChanges(adapters, signal)).filter(({isOwn}) => isOwn)
  for (const {intent} of changes.toReversed()) {
    const {share, address, path} = intent.data
    if (typeof share !== 'string' || typeof address !== 'string' || typeof path !== 'string') continue
    if ((await storesAt([store], {host: address, path}, {relations: ['same', 'below'], signal})).length > 0)
      return share
  }
  return undefined
}
