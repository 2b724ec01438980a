import {
  driftOf,
  neededBy,
  registered,
  type OpenExchangeFacts,
  type ShareFacts,
  type StoreFacts,
} from '../../model/drift.js'
import {shareUrl} from '../../model/share.js'
import {
  consumersOf,
  verdictOf,
  type ServerState,
  type ShareStatus,
  type StoreStatus,
  type VolumeUse,
} from '../../model/status-report.js'
import {storeUrl} from '../../model/volume-store.js'
import {shellQuote} from '../../model/redaction.js'
import {parkCommand} from '../exchange/parkable.js'
import {exposeCommand} from '../share/expose-command.js'
import type {FoundServer} from './found-servers.js'
import type {ShareLook} from './share-look.js'
import type {OrphanStore} from './store-places.js'

/** Everything that was found of one share. */
export interface FoundShare {
  readonly server?: FoundServer
  readonly orphan?: OrphanStore
  readonly state: ServerState
  readonly stores: readonly StoreFacts[]
  readonly look: ShareLook
  /** The volume of the server container is not there any more. */
  readonly volumeGone?: boolean
  /** A container without labels of ours on its volume. */
  readonly foreign?: string
}

interface Surroundings {
  readonly selfHosted: boolean
  readonly serverEndpoint: string
  readonly nowMs: number
  readonly uses: ReadonlyMap<string, readonly VolumeUse[]>
  /** Exchanges of server containers on the server VCH that have not ended. */
  readonly exchanges: readonly OpenExchangeFacts[]
}

function serverParts(
  server: FoundServer,
  state: ServerState,
): Partial<ShareFacts> & Pick<ShareFacts, 'title' | 'name' | 'host' | 'url'> {
  const {container, request, choice, host, address} = server
  const {name, image, exitCode, env, mounts, addresses} = container
  return {
    title: request.name,
    name: request.name,
    host,
    url: host === '' ? null : shareUrl({host, path: request.exportFolder, uid: request.uid, gid: request.gid}),
    labels: {request, choice},
    container: {
      name,
      image,
      exitCode,
      env,
      mounts,
      networks: Object.keys(addresses),
      address,
    },
    // A parked one is started as it is: its volume may be in use elsewhere.
    startCommand: server.parked && state !== 'parked' ? shellQuote(parkCommand(request.name)) : exposeCommand(request),
    parked: server.parked,
  }
}

function orphanParts(orphan: OrphanStore): Partial<ShareFacts> & Pick<ShareFacts, 'title' | 'name' | 'host' | 'url'> {
  const {placed, name, startCommand} = orphan
  const {store} = placed
  const title = name ?? `${store.host}:${store.path}`
  return {title, name, host: store.host, url: storeUrl(store), ...(startCommand === undefined ? {} : {startCommand})}
}

function factsOf(found: FoundShare, {selfHosted, serverEndpoint, exchanges}: Surroundings): ShareFacts {
  const {server, orphan, state, stores, look, foreign, volumeGone = false} = found
  const parts = server === undefined ? orphanParts(orphan as OrphanStore) : serverParts(server, state)
  const exchangedBy = exchanges.find(({run, names}) => run !== undefined && names.includes(parts.name ?? ''))?.run
  return {
    ...parts,
    state,
    mount: look.mount,
    stores,
    volumeGone,
    ...(foreign === undefined ? {} : {foreign}),
    ...(exchangedBy === undefined ? {} : {exchangedBy}),
    registrationKnown: look.records !== null,
    // An NFS server that nobody here runs is on no VCH.
    selfHosted: selfHosted && state !== 'external',
    serverEndpoint,
  }
}

function storeStatus(store: StoreFacts, {uses}: Surroundings): StoreStatus {
  const {label, vch, folder, listed, journalled, online, ofConsumer} = store
  const from = listed === null ? (journalled ? 'journal' : 'record') : 'vic-machine'
  const volumes = ofConsumer && online !== null ? (uses.get(label) ?? []) : null
  return {label, vch: vch.name, folder, registered: registered(store), online, from, volumes}
}

function serverStatus(found: FoundShare, nowMs: number): ShareStatus['server'] {
  const container = found.server?.container
  const startedAt = container?.startedAt ?? ''
  const runs = container !== undefined && startedAt !== '' && container.state === 'running'
  const startedMs = Date.parse(startedAt)
  return {
    state: found.state,
    container: container?.name ?? null,
    image: container?.image ?? null,
    startedAt: startedAt === '' ? null : startedAt,
    ageMs: runs && !Number.isNaN(startedMs) ? Math.max(0, nowMs - startedMs) : null,
  }
}

/** One line of the report. */
export function shareRow(found: FoundShare, around: Surroundings): ShareStatus {
  const facts = factsOf(found, around)
  const findings = driftOf(facts)
  const stores = found.stores.map((store) => storeStatus(store, around))
  const scratch = found.server?.request.scratch === true
  const needsNobody = neededBy(facts).length === 0 && stores.length === 0 && facts.registrationKnown
  return {
    name: facts.name,
    kind: facts.name === null ? 'store' : scratch ? 'scratch' : 'volume',
    verdict: verdictOf(findings, found.state),
    server: serverStatus(found, around.nowMs),
    address: facts.host === '' ? null : facts.host,
    path: found.server?.request.exportFolder ?? found.orphan?.placed.store.path ?? null,
    url: facts.url,
    mountable: found.look.mount.mountable,
    stores,
    consumers: stores.length === 0 ? (needsNobody ? 0 : null) : consumersOf(stores),
    space: found.look.space,
    findings,
  }
}
