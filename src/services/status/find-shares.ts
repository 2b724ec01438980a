import type {ContainerState} from '../../vch/vch-api.js'
import type {ServerState} from '../../model/status-report.js'
import type {Adapters} from '../adapters.js'
import type {ConsumerView, PlacedStore} from './consumer-view.js'
import type {DockerSight} from './docker-sight.js'
import type {FoundServer, LabelledServer} from './found-servers.js'
import type {OnceServed} from './journal-sight.js'
import {lookAtShare, NOT_LOOKED, type SeenRecord, type ShareLook} from './share-look.js'
import type {FoundShare} from './share-row.js'
import {someAtATime} from './some-at-a-time.js'
import {addressOfStore, identifyOrphan, placeOf, sortStores, type OrphanStore} from './store-places.js'
import {storesOfShare} from './stores-of-share.js'

/** What the shares are found from. */
export interface Found {
  readonly server: DockerSight
  /** Server containers that are to be looked at, and the others: their stores are no orphans. */
  readonly wanted: readonly FoundServer[]
  readonly others: readonly LabelledServer[]
  readonly view: ConsumerView
  readonly served: readonly OnceServed[]
}

interface Looking {
  readonly adapters: Adapters
  readonly found: Found
  readonly signal: AbortSignal
}

/** A server that is said to be off is not looked at: nobody is at its address, or somebody else. */
const OFF: ReadonlySet<ContainerState> = new Set<ContainerState>(['created', 'exited'])

function stateOf({container, parked}: FoundServer): ServerState {
  const {state} = container
  if (OFF.has(state)) return state
  if (parked) return 'parked'
  return state
}

async function lookAtServer({adapters, signal}: Looking, server: FoundServer): Promise<ShareLook> {
  const {container, request, host, parked} = server
  if (OFF.has(container.state) || host === '') return NOT_LOOKED
  const {exportFolder: path, uid, gid} = request
  return lookAtShare(adapters, {host, path, uid, gid}, {inside: !parked, signal})
}

function recordsOf(server: FoundServer, look: ShareLook): readonly SeenRecord[] | null {
  return server.parked ? server.records : look.records
}

async function serverShare(
  looking: Looking,
  server: FoundServer,
  on: {readonly listed: readonly PlacedStore[] | undefined; readonly journalled: readonly PlacedStore[]},
): Promise<FoundShare> {
  const look = await lookAtServer(looking, server)
  const records = recordsOf(server, look)
  const stores = await storesOfShare(looking.found.view, {place: placeOf(server), ...on, records})
  const {volumes, error} = looking.found.server
  const {name, scratch} = server.request
  const volumeGone = !scratch && error === undefined && !volumes.some((volume) => volume.name === name)
  return {server, state: stateOf(server), stores, look: {...look, records}, volumeGone}
}

/** The container of somebody that holds the volume of a share whose own container is gone. */
async function foreignOn({server}: Found, orphan: OrphanStore, signal: AbortSignal): Promise<{foreign?: string}> {
  if (orphan.name === null || server.error !== undefined) return {}
  const [container] = await server.api.listContainers({volume: orphan.name}, {signal})
  return container === undefined ? {} : {foreign: container.name}
}

async function orphanShare(looking: Looking, placed: PlacedStore): Promise<FoundShare> {
  const {adapters, found, signal} = looking
  const {server, view, served} = found
  const orphan = await identifyOrphan(server, placed, served)
  const look = await lookAtShare(adapters, addressOfStore(placed.store), {inside: true, signal})
  const place = {hosts: [placed.store.host], path: placed.store.path}
  const known =
    view.listed === undefined ? {listed: undefined, journalled: [placed]} : {listed: [placed], journalled: []}
  // The store is a share of its own here, so folders below it are none of its business.
  const records = look.records?.filter(({folder}) => folder === '') ?? null
  const stores = await storesOfShare(view, {place, ...known, records})
  const foreign = await foreignOn(found, orphan, signal)
  const state = orphan.isOurs ? 'gone' : 'external'
  return {orphan, state: server.error === undefined ? state : 'unknown', stores, look: {...look, records}, ...foreign}
}

/** Looks at every share: those with a server container of ours, and NFS stores that lie on none. */
export async function findShares(
  adapters: Adapters,
  found: Found,
  options: {readonly signal: AbortSignal},
): Promise<FoundShare[]> {
  const {wanted, others, view} = found
  const looking = {adapters, found, signal: options.signal}
  const {listed} = view
  const {of, orphans} = sortStores(listed ?? view.journalled, [...wanted, ...others])
  const ofServers = someAtATime(wanted, (server) => {
    const on = of.get(server) ?? []
    return serverShare(looking, server, listed === undefined ? {listed, journalled: on} : {listed: on, journalled: []})
  })
  const all = await Promise.all([ofServers, someAtATime(orphans, (each) => orphanShare(looking, each))])
  return all.flat()
}
