import type {Work} from '../../engine/work.js'
import {shareUrl, type ShareChoice, type ShareRequest} from '../../model/share.js'
import {VicnfsError} from '../../model/vicnfs-error.js'
import type {ShareAddress} from '../../nfs/preflight/report.js'
import type {VchApi, VchInfo} from '../../vch/vch-api.js'
import type {Adapters} from '../adapters.js'
import {endpointKey} from '../vch-lock.js'
import {awaitAddress, awaitMountable} from './await-mountable.js'
import {chooseAddress, chooseNetwork} from './choose-network.js'
import {createServer, ensureImage, refuseDifferent} from './ensure-server.js'
import {ensureVolume, type VolumeWish} from './ensure-volume.js'
import {findServer, refuseForeign, type ServerContainer} from './find-server.js'

/** A share that can be mounted. */
export interface Share {
  readonly name: string
  readonly url: string
  readonly place: ShareAddress
  readonly network: string
  /** The network is a container network: the address is the server container's own. */
  readonly ownAddress: boolean
  /** The address was asked for explicitly, so it stays (S4, "Undecidable addresses"). */
  readonly addressAskedFor: boolean
  readonly image: string
  readonly container: {readonly id: string; readonly name: string}
}

export interface ExposedShare {
  readonly outcome: 'created' | 'started' | 'unchanged'
  readonly volume: 'created' | 'present' | 'scratch'
  readonly share: Share
}

/** What would be made, before anything is. */
export interface ShareDraft {
  readonly request: ShareRequest
  readonly info: VchInfo
  readonly server: ServerContainer | undefined
  readonly choice: ShareChoice
  readonly external: boolean
}

async function lookAtServerVch(api: VchApi, work: Work): Promise<VchInfo> {
  return work.step('look', 'Look at the VCH', async (step) => {
    const info = await api.info({signal: step.signal})
    if (!info.running) {
      throw new VicnfsError('VN-VCH-NOT-RUNNING', `The VCH "${info.name}" is not ready: its port layer does not answer.`)
    }
    const what = info.kind === 'vch' ? `VIC ${info.version}` : `a plain Docker Engine ${info.version}, no VCH`
    step.unchanged(`${info.name}, ${what}`)
    return info
  })
}

async function draftShare(adapters: Adapters, request: ShareRequest, work: Work): Promise<ShareDraft> {
  const api = adapters.server
  const info = await lookAtServerVch(api, work)
  return work.step('network', 'Choose network and address', async (step) => {
    const call = {signal: step.signal}
    const server = await findServer(api, request.name, call)
    await refuseForeign(api, request, call)
    const networks = await api.networks(call)
    if (server !== undefined) {
      refuseDifferent(server, request)
      const external = networks.find((each) => each.name === server.choice.network)?.external ?? false
      step.unchanged(`${server.choice.network}, as the server container was made`)
      return {request: server.request, info, server, choice: server.choice, external}
    }
    const network = chooseNetwork(networks, request, info)
    const address = chooseAddress(network, request)
    step.note(address === null ? `${network.name}, address handed out by it` : `${address} on ${network.name}`)
    const choice = {network: network.name, address, ownAddress: null}
    return {request, info, server, choice, external: network.external}
  })
}

async function runServer(adapters: Adapters, draft: ShareDraft, work: Work): Promise<{id: string; outcome: ExposedShare['outcome']}> {
  const api = adapters.server
  const {server, request} = draft
  if (server === undefined) {
    await work.step('image', `Make sure that the image ${request.image} is there`, (step) =>
      ensureImage(api, request.image, step),
    )
  }
  const id = await work.step('create', 'Make the server container', async (step) => {
    if (server === undefined) return createServer(api, draft, {step})
    step.unchanged(server.container.name)
    return server.container.id
  })
  const started = await work.step('start', 'Start the server container', async (step) => {
    if (server?.container.state === 'running') {
      step.unchanged('it is running')
      return false
    }
    await api.startContainer(id, {signal: step.signal})
    return true
  })
  return {id, outcome: server === undefined ? 'created' : started ? 'started' : 'unchanged'}
}

async function awaitShare(adapters: Adapters, draft: ShareDraft, options: {id: string; work: Work}): Promise<ShareAddress> {
  const {id, work} = options
  const {request, choice} = draft
  return work.step('ready', 'Wait until the share can be mounted, by the calls that a VCH makes', async (step) => {
    const timeoutMs = adapters.limits.readyTimeoutMs
    const host = await awaitAddress(adapters.server, id, {network: choice.network, step, timeoutMs})
    const place = {host, path: request.exportFolder, uid: request.uid, gid: request.gid}
    const {attempts} = await awaitMountable(adapters.nfs, place, {api: adapters.server, id, step, timeoutMs})
    step.note(`${host}:${request.exportFolder}, ${attempts === 1 ? 'at the first try' : `after ${attempts} tries`}`)
    return place
  })
}

/**
 * Makes sure that a volume (or scratch space) is exported by a running, mountable server container of ours.
 * The request must have been checked. Takes no lock and cuts nothing: what it made is undone when it fails, except volumes (S1).
 * @throws VN-SHARE-…, VN-NFS-NOT-READY, VN-VCH-…
 */
export async function exposeShare(
  adapters: Adapters,
  wish: {readonly request: ShareRequest; readonly volume: VolumeWish},
  options: {readonly work: Work; readonly admit?: (draft: ShareDraft) => void},
): Promise<ExposedShare> {
  const {work, admit} = options
  const draft = await draftShare(adapters, wish.request, work)
  admit?.(draft)
  const keys = [endpointKey(adapters.server.endpoint)]
  const volume = wish.request.scratch
    ? ('scratch' as const)
    : await work.step('volume', `Make sure that the volume "${wish.volume.name}" exists`, (step) =>
        ensureVolume(adapters.server, wish.volume, {step, journal: adapters.journal, keys}),
      )
  const {id, outcome} = await runServer(adapters, draft, work)
  const place = await awaitShare(adapters, draft, {id, work})
  const {request, choice, external} = draft
  const share: Share = {
    name: request.name,
    url: shareUrl(place),
    place,
    network: choice.network,
    ownAddress: external,
    addressAskedFor: choice.address !== null,
    image: request.image,
    container: {id, name: `vicnfs-${request.name}`},
  }
  return {outcome, volume, share}
}
