import {isIPv4} from 'node:net'
import {cidrContains, parseCidr} from '../../model/cidr.js'
import {dockerCommand} from '../../model/docker-command.js'
import {shellQuote} from '../../model/redaction.js'
import {traitsOf} from '../../model/vic-version.js'
import {storeUrl, type VolumeStore} from '../../model/volume-store.js'
import type {VchNetwork, VchVolume} from '../../vch/vch-api.js'
import {serveCommand} from '../exchange/parkable.js'
import {hostAddresses} from '../registration/host-addresses.js'
import {exposeCommand} from '../share/expose-command.js'
import {serversOf, type ParkedContainer, type ServerContainer} from '../share/find-server.js'
import type {ExamineContext} from './context.js'
import {onceServed, placeOfStore, requestAgain} from './places.js'

type Share = NonNullable<ReturnType<typeof onceServed>>

/** How a dead store comes back to life. */
export interface Way {
  readonly fix: readonly string[]
  readonly advice: string
}

const ANY_SERVER = 'Any NFS server that answers at this address and path will do.'

/** The server container of ours, real or parked, that a store needs; `unknown` where nobody can be asked. */
export async function serverOf(
  {sights, signal}: ExamineContext,
  store: VolumeStore,
): Promise<ServerContainer | ParkedContainer | undefined | 'unknown'> {
  try {
    const all = [...(await sights.server.servers()), ...(await sights.server.parked())]
    return (await serversOf(all, store, {signal}))[0]
  } catch {
    return 'unknown'
  }
}

/** The parked server that stands at the address of a store; undefined where there is none, or nobody can be asked. */
export async function parkedOf(context: ExamineContext, store: VolumeStore): Promise<ParkedContainer | undefined> {
  const server = await serverOf(context, store)
  return server !== undefined && server !== 'unknown' && 'records' in server ? server : undefined
}

/** How the server of a dead store is brought back; a VCH that is down cannot start what runs on itself. */
export async function wayBack(context: ExamineContext, store: VolumeStore): Promise<Way> {
  const {sights, adapters} = context
  const server = await serverOf(context, store)
  const look = shellQuote(['vicnfs', 'preflight', storeUrl(store), '--read-only'])
  if (server !== undefined && server !== 'unknown') {
    const {container} = server
    const {endpoint} = (await sights.server.side()).api
    return container.state === 'running'
      ? {
          fix: [look, dockerCommand(endpoint, ['logs', container.name])],
          advice: 'Its server container runs; its log says more.',
        }
      : {fix: [serveCommand(server)], advice: 'Its server container is stopped: start it.'}
  }
  const addresses = await hostAddresses([store.host], {signal: context.signal})
  const share = onceServed(await adapters.journal.history().catch(() => []), store, addresses)
  if (server === 'unknown') {
    const own = share === undefined ? 'whose name begins with "vicnfs-"' : `"vicnfs-${share.name}"`
    return {
      fix: [look],
      advice: `If its server is the container VM ${own}, power that on in vSphere. ${ANY_SERVER}`,
    }
  }
  return serveAgain(context, store, {share, addresses})
}

/** The share whose server container is gone, served at the same address again. */
async function serveAgain(
  context: ExamineContext,
  store: VolumeStore,
  known: {readonly share: Share | undefined; readonly addresses: readonly string[]},
): Promise<Way> {
  const {sights, options} = context
  const {addresses} = known
  const volumes = await sights.server.volumes().catch(() => undefined)
  const networks = await sights.server.networks().catch(() => [])
  const share = known.share ?? guessed(store, {volumes: volumes ?? [], networks, addresses})
  if (share === undefined) {
    const look = shellQuote(['vicnfs', 'preflight', storeUrl(store), '--read-only'])
    return {fix: [look], advice: `Start its NFS server again. ${ANY_SERVER}`}
  }
  // A container is asked for by address, however the store is named.
  const host = addresses.find((each) => isIPv4(each)) ?? store.host
  const request = requestAgain(share, {...placeOfStore(store), host}, {image: options.image, networks})
  if (volumes?.some(({name}) => name === share.name) !== false) {
    return {
      fix: [exposeCommand(request)],
      advice: `Its server container is gone; serve the volume "${share.name}" at the same address again.`,
    }
  }
  return {
    fix: [exposeCommand({...request, scratch: true})],
    advice: `Its server container is gone, and there is no volume "${share.name}": an empty server at the same address lets the VCH boot, without the data.`,
  }
}

/** Without a journal: a volume of the server VCH whose usual folder this is, on a network that has the address. */
function guessed(
  {path}: VolumeStore,
  seen: {
    readonly volumes: readonly VchVolume[]
    readonly networks: readonly VchNetwork[]
    readonly addresses: readonly string[]
  },
): Share | undefined {
  const subnets = seen.networks.flatMap(({external, subnet}) => (external && subnet !== undefined ? [subnet] : []))
  const isOurs = subnets.map(parseCidr).some((cidr) => seen.addresses.some((each) => cidrContains(cidr, each)))
  const volume = seen.volumes.find(({name}) => path === `/exports/${name}` || path.startsWith(`/exports/${name}/`))
  return isOurs && volume !== undefined ? {name: volume.name, exportFolder: `/exports/${volume.name}`} : undefined
}

/** What a dead store means for the next boot, by release. */
export function dangerOf(version: string | undefined): string {
  if (version === undefined) return 'From VIC 1.5.2 on the next boot of the VCH would loop'
  return traitsOf(version).bootLoop
    ? 'The next boot of the VCH would loop: no Docker API at all until it can be mounted'
    : 'The next boot of the VCH would leave it out without a word'
}
