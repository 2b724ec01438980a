import {isIPv4} from 'node:net'
import {cidrContains, parseCidr} from '../../model/cidr.js'
import type {StoreFacts} from '../../model/drift.js'
import {SERVER_IMAGE} from '../../model/server-image.js'
import {ownerOf, type VolumeStore} from '../../model/volume-store.js'
import type {ShareAddress} from '../../nfs/preflight/report.js'
import {requestAgain} from '../doctor/places.js'
import {exposeCommand} from '../share/expose-command.js'
import type {PlacedStore} from './consumer-view.js'
import type {DockerSight} from './docker-sight.js'
import type {LabelledServer} from './found-servers.js'
import type {OnceServed} from './journal-sight.js'
import {isWithin, liesOn, type SharePlace} from './stores-of-share.js'

/** An NFS store that lies on no server container of ours. */
export interface OrphanStore {
  readonly placed: PlacedStore
  /** The share that it was, where somebody knows it. */
  readonly name: string | null
  /** The command that serves it again, at its address and from its folder; where the share is known. */
  readonly startCommand?: string
  /** Folder that was exported. */
  readonly path: string
  /** Its server was on the server VCH, whoever ran it. */
  readonly isOurs: boolean
}

const DEFAULT_EXPORT = /^\/exports\/([^/]+)/

export function placeOf({host, choice, request}: LabelledServer): SharePlace {
  return {hosts: [...new Set([host, choice.address ?? ''])].filter((each) => each !== ''), path: request.exportFolder}
}

/**
 * Sorts stores by the server container that they lie on: by its address, or the one that it was asked to have, else by
 * its folder alone, since an address may have changed.
 */
export function sortStores(
  stores: readonly PlacedStore[],
  servers: readonly LabelledServer[],
): {readonly of: ReadonlyMap<LabelledServer, readonly PlacedStore[]>; readonly orphans: readonly PlacedStore[]} {
  const of = new Map<LabelledServer, PlacedStore[]>(servers.map((server) => [server, []]))
  const left: PlacedStore[] = []
  for (const each of stores) {
    const server = servers.find((one) => liesOn(each, placeOf(one)))
    if (server === undefined) left.push(each)
    else of.get(server)?.push(each)
  }
  const orphans = left.filter((each) => {
    const [moved, ...others] = servers.filter(({request}) => isWithin(each.store.path, request.exportFolder))
    if (moved === undefined || others.length > 0 || (of.get(moved) ?? []).length > 0) return true
    of.get(moved)?.push(each)
    return false
  })
  return {of, orphans}
}

async function isOnNetwork(sight: DockerSight, {addresses}: PlacedStore): Promise<boolean> {
  const own = (await sight.networks()).filter(({external, subnet}) => external && subnet !== undefined)
  return addresses.some((address) =>
    own.some(({subnet = ''}) => {
      try {
        return cidrContains(parseCidr(subnet), address)
      } catch {
        return false
      }
    }),
  )
}

/** A container is asked for by address, however its store is named. */
async function serveAgain(
  sight: DockerSight,
  {store, addresses}: PlacedStore,
  share: {readonly name: string; readonly exportFolder: string},
): Promise<string> {
  const place = addressOfStore(store)
  const host = addresses.find((each) => isIPv4(each)) ?? place.host
  const networks = await sight.networks()
  return exposeCommand(requestAgain(share, {...place, host}, {image: SERVER_IMAGE, networks}))
}

type Identity = Omit<OrphanStore, 'placed' | 'startCommand'>

/** Finds out what an orphan was: from the journal, from a volume of the name in its path, from the address. */
export async function identifyOrphan(
  sight: DockerSight,
  placed: PlacedStore,
  served: readonly OnceServed[],
): Promise<OrphanStore> {
  const known = await identityOf(sight, placed, served)
  const {name, path: exportFolder} = known
  if (name === null) return {placed, ...known}
  return {placed, ...known, startCommand: await serveAgain(sight, placed, {name, exportFolder})}
}

async function identityOf(sight: DockerSight, placed: PlacedStore, served: readonly OnceServed[]): Promise<Identity> {
  const {path} = placed.store
  const once = served.find((one) => placed.addresses.includes(one.address) && isWithin(path, one.path))
  if (once !== undefined) return {name: once.share, path: once.path, isOurs: true}
  const [folder = path, name] = DEFAULT_EXPORT.exec(path) ?? []
  // While nobody can be asked for volumes, the folder that vicnfs exports by itself has to do.
  const hasVolume =
    name !== undefined && (sight.error !== undefined || sight.volumes.some((volume) => volume.name === name))
  const isOurs = hasVolume || (await isOnNetwork(sight, placed))
  return {name: hasVolume ? name : null, path: name === undefined ? path : folder, isOurs}
}

/** Where a store is mounted, with the owner that its VCH uses; one that no VCH could use has root. */
export function addressOfStore(store: VolumeStore): ShareAddress {
  const {host, path} = store
  try {
    return {host, path, ...ownerOf(store)}
  } catch {
    return {host, path, uid: 0, gid: 0}
  }
}

/** The labels of a share's stores on the consumer VCH. */
export function consumerLabels(stores: readonly StoreFacts[]): string[] {
  return stores.filter(({ofConsumer}) => ofConsumer).map(({label}) => label)
}
