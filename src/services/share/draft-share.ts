import type {StepHandle, Work} from '../../engine/work.js'
import {cidrContains, parseCidr} from '../../model/cidr.js'
import type {ShareChoice, ShareRequest} from '../../model/share.js'
import type {VolumeStore} from '../../model/volume-store.js'
import {VicnfsError} from '../../model/vicnfs-error.js'
import {sourceAddressTo} from '../../nfs/source-address.js'
import type {VchApi, VchInfo, VchNetwork} from '../../vch/vch-api.js'
import type {Adapters} from '../adapters.js'
import {openExchanges} from '../exchange/plan.js'
import {pathRelation} from '../registration/store-place.js'
import {sitesOf} from '../removal/share-sites.js'
import {chooseAddress, chooseNetwork, takesAddresses} from './choose-network.js'
import {refuseDifferent} from './ensure-server.js'
import {findServer, listParked, listServers, refuseForeign, type ServerContainer} from './find-server.js'
import {journalledStores} from './keep-for-stores.js'

/** What would be made, before anything is. */
export interface ShareDraft {
  readonly request: ShareRequest
  readonly info: VchInfo
  /** The server container that is there already. */
  readonly server: ServerContainer | undefined
  readonly choice: ShareChoice
}

export async function lookAtServerVch(api: VchApi, work: Work): Promise<VchInfo> {
  return work.step('look', 'Look at the VCH', async (step) => {
    const info = await api.info({signal: step.signal})
    if (!info.running) {
      throw new VicnfsError(
        'VN-VCH-NOT-RUNNING',
        `The VCH "${info.name}" is not ready: its port layer does not answer.`,
      )
    }
    const what = info.kind === 'vch' ? `VIC ${info.version}` : `a plain Docker Engine ${info.version}, no VCH`
    step.unchanged(`${info.name}, ${what}`)
    return info
  })
}

/** With --allow, our own preflight must be allowed too: the source address of this machine towards the share. */
export async function ownAddress(
  request: ShareRequest,
  network: VchNetwork,
  address: string | null,
): Promise<string | null> {
  if (request.allow.length === 0 || request.exportOptions !== null) return null
  const towards = address ?? network.gateway ?? network.subnet?.split('/')[0]
  return towards === undefined ? null : ((await sourceAddressTo(towards)) ?? null)
}

/**
 * Addresses of containers that are not running: the network does not show them, but they come back to them. So do the
 * servers of an exchange that was cut off, while there may be none of either (S4).
 */
async function keptAddresses(adapters: Adapters, network: VchNetwork, call: {signal: AbortSignal}): Promise<string[]> {
  const api = adapters.server
  const open = (await openExchanges(adapters, call.signal)).map(({plan}) => plan.from)
  const ours = [...(await listServers(api, call)), ...(await listParked(api, call)), ...open]
  const servers = ours.filter(({choice}) => choice.network === network.name)
  const containers = await api.listContainers({network: network.name}, call)
  const stopped = containers.filter((container) => container.state !== 'running')
  const inspected = await Promise.all(stopped.map(({id}) => api.inspectContainer(id, call)))
  const addresses = [
    ...servers.map(({choice}) => choice.address),
    ...inspected.map((container) => container?.addresses[network.name]),
  ]
  return addresses.filter((address) => typeof address === 'string' && address !== '') as string[]
}

/**
 * Addresses at which the journal knows stores: that of this share's own, whose server container is gone, is its place
 * again; those of others are not for it, also while nobody is there.
 */
async function storeAddresses(
  adapters: Adapters,
  request: ShareRequest,
  signal: AbortSignal,
): Promise<{readonly own: readonly string[]; readonly others: readonly string[]}> {
  const sites = await sitesOf(adapters, request.name, signal)
  const stores = await journalledStores(adapters.journal)
  const isOwn = (store: VolumeStore): boolean =>
    sites.ownHosts.includes(store.host) && ['same', 'below'].includes(pathRelation(store.path, request.exportFolder))
  const hosts = (list: readonly VolumeStore[]): string[] => [...new Set(list.map((store) => store.host))]
  return {own: hosts(stores.filter(isOwn)), others: hosts(stores.filter((store) => !isOwn(store)))}
}

/** The address to ask for, of those that are free. */
async function addressFor(
  adapters: Adapters,
  request: ShareRequest,
  options: {readonly network: VchNetwork; readonly signal: AbortSignal},
): Promise<string | null> {
  const {network, signal} = options
  const kept = await keptAddresses(adapters, network, {signal})
  if (request.address !== null || !takesAddresses(network)) return chooseAddress(network, request, kept)
  const {own, others} = await storeAddresses(adapters, request, signal)
  const subnet = parseCidr(network.subnet ?? '0.0.0.0/0')
  const taken = [...kept, ...network.usedAddresses]
  const again = own.find((address) => cidrContains(subnet, address) && !taken.includes(address))
  if (again !== undefined) return again
  return chooseAddress(network, request, [...kept, ...others])
}

/** Chooses network and address of a new server container, and says so. @throws VN-SHARE-NETWORK, VN-SETTING-BAD */
export async function chooseFor(
  adapters: Adapters,
  request: ShareRequest,
  options: {info: VchInfo; step: StepHandle; work: Work},
): Promise<ShareChoice> {
  const {info, step, work} = options
  const call = {signal: step.signal}
  const network = chooseNetwork(await adapters.server.networks(call), request, info)
  const address = await addressFor(adapters, request, {network, ...call})
  const own = await ownAddress(request, network, address)
  step.note(address === null ? `${network.name}, address handed out by it` : `${address} on ${network.name}`)
  if (own !== null) work.note('info', `${own}, this machine's own address, may mount too: preflight is done from here.`)
  if (request.allow.length === 0 && request.exportOptions === null) {
    work.note(
      'info',
      `Whoever reaches ${network.name} can mount the share and act as root on it; --allow narrows that.`,
    )
  }
  return {network: network.name, external: network.external, address, ownAddress: own}
}

/**
 * Decides what the share will be, or finds what it is; makes nothing.
 * @throws VN-SHARE-NETWORK, VN-SHARE-FOREIGN, VN-SHARE-DIFFERS, VN-SETTING-BAD, VN-VCH-…
 */
export async function draftShare(adapters: Adapters, request: ShareRequest, work: Work): Promise<ShareDraft> {
  const api = adapters.server
  const info = await lookAtServerVch(api, work)
  return work.step('network', 'Choose network and address', async (step) => {
    const call = {signal: step.signal}
    const server = await findServer(api, request.name, call)
    await refuseForeign(api, request, call)
    if (server === undefined)
      return {request, info, server, choice: await chooseFor(adapters, request, {info, step, work})}
    refuseDifferent(server, request)
    step.unchanged(`${server.choice.network}, as the server container was made`)
    return {request: server.request, info, server, choice: server.choice}
  })
}
