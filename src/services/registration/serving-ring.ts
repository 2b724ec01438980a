import {once} from '../../engine/once.js'
import type {Work} from '../../engine/work.js'
import {vchKeys} from '../../journal/vch-keys.js'
import {recordIsAbout, type ConsumerRecord} from '../../model/consumer-record.js'
import type {ServingRing} from '../../model/serving-ring.js'
import {traitsOf} from '../../model/vic-version.js'
import {isVicnfsError} from '../../model/vicnfs-error.js'
import type {VolumeStore} from '../../model/volume-store.js'
import type {VchApi} from '../../vch/vch-api.js'
import type {Adapters, VicMachineAccess} from '../adapters.js'
import {readConsumers} from '../removal/find-consumers.js'
import {addressOf, listParked, listServers, type ParkedContainer, type ServerContainer} from '../share/find-server.js'
import {endpointKey, resolvedKeys} from '../vch-lock.js'
import type {ShareReader} from './folder-record.js'
import {hostAddresses} from './host-addresses.js'
import type {ConsumerVch} from './identify-consumer.js'
import {journalRing} from './journal-ring.js'

/** Whether the server VCH needs the consumer VCH to boot, as far as it can be known. */
export interface RingSight {
  /** It does. */
  readonly ring?: ServingRing
  /** What could not be found out, as a sentence. */
  readonly unknown?: string
}

/** The ring that a store of the server VCH on the consumer VCH would close, if any. */
export type RingLook = () => Promise<ServingRing | undefined>

/** Both VCHs, and what can be asked about them. */
export interface RingPlace extends ShareReader, Pick<Adapters, 'sameEndpoint' | 'journal'> {
  readonly consumer: VchApi
  /** undefined where vic-machine cannot be asked. */
  readonly access: VicMachineAccess | undefined
}

/** What is known of the consumer VCH already. */
export type RingConsumer = Pick<ConsumerVch, 'name' | 'id' | 'vcenter' | 'endpoint'> & {
  readonly traits: Pick<ConsumerVch['traits'], 'bootLoop'>
}

/** Everything on a VCH that other VCHs may have as a store. */
export interface Serving {
  readonly servers: readonly ServerContainer[]
  readonly parked: readonly ParkedContainer[]
  /** Addresses of its containers, also of those that are off, and of servers that are not ours. */
  readonly addresses: readonly string[]
}

export async function servingOn(api: VchApi, options: {readonly signal: AbortSignal}): Promise<Serving> {
  const [networks, servers, parked] = await Promise.all([
    api.networks(options),
    listServers(api, options),
    listParked(api, options),
  ])
  const used = networks.filter(({external}) => external).flatMap(({usedAddresses}) => usedAddresses)
  const own = [...servers, ...parked].flatMap((each) => [addressOf(each), each.choice.address ?? ''])
  return {servers, parked, addresses: [...new Set([...used, ...own])].filter((address) => address !== '')}
}

/** The NFS stores that lie on a VCH which serves at these addresses. */
export async function storesServed(
  stores: readonly VolumeStore[],
  {addresses}: Serving,
  options: {readonly signal: AbortSignal},
): Promise<VolumeStore[]> {
  const nfs = stores.filter(({scheme}) => scheme === 'nfs')
  const hosts = await Promise.all(nfs.map(({host}) => hostAddresses([host], options)))
  return nfs.filter((_, index) => hosts[index]?.some((address) => addresses.includes(address)))
}

/** The stores of the server VCH; undefined where vic-machine does not show it: another vCenter, or no login to it. */
async function storesOfServer(
  place: RingPlace,
  name: string,
  signal: AbortSignal,
): Promise<readonly VolumeStore[] | undefined> {
  const program = place.access?.program
  if (program === undefined) return undefined
  try {
    const rows = (await program.list({signal})).filter((row) => row.name === name)
    for (const {id} of rows) {
      // A name is no identity; the endpoint is (S10).
      const {dockerHost} = await program.inspect({id}, {signal})
      if (!(await place.sameEndpoint(place.server.endpoint, dockerHost, {signal}))) continue
      return (await program.inspectConfig({id}, {signal})).stores
    }
    return undefined
  } catch (error) {
    if (!isVicnfsError(error) || error.kind === 'interrupted') throw error
    return undefined
  }
}

/** The records on the shares of the consumer VCH, with the shares whose records cannot be read. */
async function recordsOn(place: RingPlace, {servers, parked}: Serving, signal: AbortSignal) {
  const records: {readonly share: string; readonly record: ConsumerRecord}[] = []
  const closed: string[] = []
  for (const {request, records: recorded} of parked) {
    if (recorded === undefined) closed.push(request.name)
    records.push(...(recorded ?? []).map(({record}) => ({share: request.name, record})))
  }
  for (const server of servers) {
    const {name: share, exportFolder: path, uid, gid} = server.request
    const host = server.container.state === 'running' ? addressOf(server) : ''
    if (host === '') {
      closed.push(share)
      continue
    }
    try {
      const at = {host, path, uid, gid}
      const {recorded} = await readConsumers({...place, server: place.consumer}, at, signal)
      records.push(...recorded.map(({record}) => ({share, record})))
    } catch (error) {
      if (!isVicnfsError(error) || error.kind === 'interrupted') throw error
      closed.push(share)
    }
  }
  return {records, closed}
}

async function sightByRecords(
  place: RingPlace,
  consumer: RingConsumer,
  options: {readonly serving: Serving; readonly server: string; readonly signal: AbortSignal},
): Promise<RingSight> {
  const {serving, server, signal} = options
  const {records, closed} = await recordsOn(place, serving, signal)
  const self = {vcenter: consumer.vcenter, vchId: consumer.id, endpoint: consumer.endpoint}
  for (const {share, record} of records) {
    if (recordIsAbout(record, self)) continue
    if (!(await place.sameEndpoint(place.server.endpoint, record.endpoint, {signal}))) continue
    const known = `The record on the share "${share}" of "${consumer.name}" says that it is the store "${record.label}" of "${server}".`
    return {ring: {vchs: [consumer.name, server], known}}
  }
  if (closed.length === 0) return {}
  const shares = closed.map((share) => `"${share}"`).join(', ')
  return {
    unknown: `It is not known whether "${server}" needs "${consumer.name}" to boot in turn: vic-machine does not show its stores from here, and the records on ${shares} of "${consumer.name}" cannot be read.`,
  }
}

async function sightByStores(
  stores: readonly VolumeStore[],
  {name}: RingConsumer,
  options: {readonly serving: Serving; readonly server: string; readonly signal: AbortSignal},
): Promise<RingSight> {
  const {serving, server} = options
  const back = (await storesServed(stores, serving, options)).map(({label}) => `"${label}"`)
  if (back.length === 0) return {}
  return {
    ring: {
      vchs: [name, server],
      known: `vic-machine shows ${back.join(', ')} of "${server}" at an address of "${name}".`,
    },
  }
}

/**
 * Looks whether the server VCH has a store on a server container of the consumer VCH: then neither boots after a power
 * failure of both. vic-machine's word for its stores is taken where it shows them, else the records on the shares. A ring
 * over further VCHs is found as far as the journal of this machine knows it.
 */
export async function lookForRing(
  place: RingPlace,
  consumer: RingConsumer,
  options: {readonly signal: AbortSignal},
): Promise<RingSight> {
  const {signal} = options
  if (!consumer.traits.bootLoop) return {}
  const {kind, name: server, version} = await place.server.info({signal})
  // A plain Docker Engine has no volume stores, and an older VCH boots without them.
  if (kind !== 'vch' || !traitsOf(version).bootLoop) return {}
  const serving = await servingOn(place.consumer, {signal})
  if (serving.addresses.length === 0) return {}
  const stores = await storesOfServer(place, server, signal)
  const direct =
    stores === undefined
      ? await sightByRecords(place, consumer, {serving, server, signal})
      : await sightByStores(stores, consumer, {serving, server, signal})
  if (direct.ring !== undefined) return direct
  const {name, vcenter: target, id, endpoint} = consumer
  const pair = {
    consumer: {name, keys: await resolvedKeys(vchKeys({endpoint, ...(id === '' ? {} : {target, id})}), {signal})},
    server: {name: server, keys: await resolvedKeys([endpointKey(place.server.endpoint)], {signal})},
  }
  const ring = await journalRing(place, pair, {stores, signal})
  return ring === undefined ? direct : {ring}
}

/** The same for a registration: looked for once, when it is first asked for; what cannot be known is said. */
export function ringLook(adapters: Adapters, vch: ConsumerVch, work: Work): RingLook {
  return once(async () => {
    if (adapters.selfHosted) return undefined
    const {ring, unknown} = await lookForRing({...adapters, access: vch.access}, vch, work)
    if (unknown !== undefined) work.note('warning', unknown)
    return ring
  })
}
