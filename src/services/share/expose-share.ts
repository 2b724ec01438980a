import type {Work} from '../../engine/work.js'
import {serverName, shareUrl, type ShareRequest} from '../../model/share.js'
import type {VolumeStore} from '../../model/volume-store.js'
import type {ShareAddress} from '../../nfs/preflight/report.js'
import type {Adapters} from '../adapters.js'
import {journalled} from '../../journal/journalled.js'
import {endpointKey} from '../vch-lock.js'
import {awaitAddress, awaitMountable} from './await-mountable.js'
import {draftShare, type ShareDraft} from './draft-share.js'
import {createServer, ensureImage} from './ensure-server.js'
import {findServer} from './find-server.js'
import {keepForStores} from './keep-for-stores.js'
import {startServer} from './start-server.js'
import {ensureVolume, requireVolume, type VolumeWish} from './ensure-volume.js'

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

async function runServer(
  adapters: Adapters,
  draft: ShareDraft,
  work: Work,
): Promise<{id: string; outcome: ExposedShare['outcome']}> {
  const api = adapters.server
  const {server, request} = draft
  const {journal} = adapters
  const keys = [endpointKey(api.endpoint)]
  if (server === undefined) {
    await work.step('image', `Make sure that the image ${request.image} is there`, (step) =>
      ensureImage(api, request.image, step),
    )
  }
  // Many shares at once show their steps by title alone: what is there is not said to be made.
  const there = 'Make sure that the server container'
  const make = server === undefined ? 'Make the server container' : `${there} is there`
  const start = server?.container.state === 'running' ? `${there} runs` : 'Start the server container'
  const id = await work.step('create', make, async (step) => {
    if (server === undefined) return createServer(api, draft, {step, journal, keys})
    step.unchanged(server.container.name)
    return server.container.id
  })
  const started = await work.step('start', start, async (step) => {
    if (server?.container.state === 'running') {
      step.unchanged('it is running')
      return false
    }
    const change = {action: 'server-start', keys, data: {share: request.name, container: id}}
    const state = server?.container.state ?? 'created'
    const timeoutMs = adapters.limits.readyTimeoutMs
    await journalled(journal, change, () => startServer(api, {id, state}, {step, timeoutMs}))
    return true
  })
  return {id, outcome: server === undefined ? 'created' : started ? 'started' : 'unchanged'}
}

async function awaitShare(
  adapters: Adapters,
  draft: ShareDraft,
  options: {id: string; stores: readonly VolumeStore[]; work: Work},
): Promise<ShareAddress> {
  const {id, work} = options
  const {request, choice} = draft
  return work.step('ready', 'Wait until the share can be mounted, by the calls that a VCH makes', async (step) => {
    const timeoutMs = adapters.limits.readyTimeoutMs
    const host = await awaitAddress(adapters.server, id, {choice, step, timeoutMs})
    if (draft.server === undefined) await keepForStores(adapters.journal, host, options)
    const place = {host, path: request.exportFolder, uid: request.uid, gid: request.gid}
    const server = {api: adapters.server, id, name: serverName(request.name)}
    const {attempts, from} = await awaitMountable(adapters.nfs, place, {...server, step, timeoutMs})
    const tries = attempts === 1 ? 'at the first try' : `after ${attempts} tries`
    step.note(`${host}:${request.exportFolder}, ${tries}${from === 'vch' ? ', by a container of the VCH' : ''}`)
    return place
  })
}

interface ShareWish {
  readonly request: ShareRequest
  readonly volume: VolumeWish
}

interface ExposeShareOptions {
  readonly work: Work
  /** Asked before anything is made; returns the stores that the consumer VCH has. */
  readonly admit?: (draft: ShareDraft) => Promise<readonly VolumeStore[]>
  /** What was decided before, under the same lock: its address is the one that a plan has shown. */
  readonly draft?: ShareDraft | undefined
}

/**
 * Drafts the share and has it admitted. While an operator is being asked, another machine may make or remove the server
 * container: then what was agreed to is not what is there, and everything is decided anew.
 */
async function agreeOnDraft(
  adapters: Adapters,
  wish: ShareWish,
  options: ExposeShareOptions,
): Promise<{readonly draft: ShareDraft; readonly stores: readonly VolumeStore[]}> {
  const {work, admit} = options
  const {request, volume} = wish
  const draft = options.draft ?? (await draftShare(adapters, request, work))
  if (!request.scratch) await requireVolume(adapters.server, volume, {signal: work.signal})
  if (admit === undefined) return {draft, stores: []}
  const stores = await admit(draft)
  const server = await findServer(adapters.server, request.name, {signal: work.signal})
  if (server?.container.id === draft.server?.container.id) return {draft: {...draft, server}, stores}
  work.note('info', `The server container of "${request.name}" has changed meanwhile: looked at again.`)
  return agreeOnDraft(adapters, wish, {...options, draft: undefined})
}

/**
 * Makes sure that a volume (or scratch space) is exported by a running, mountable server container of ours.
 * The request must have been checked. Takes no lock. What it made is undone when it fails, except volumes (S1) and a
 * server container at the address of a store (S4).
 * @throws VN-SHARE-…, VN-NFS-NOT-READY, VN-VCH-…
 */
export async function exposeShare(
  adapters: Adapters,
  wish: ShareWish,
  options: ExposeShareOptions,
): Promise<ExposedShare> {
  const {work} = options
  const {draft, stores} = await agreeOnDraft(adapters, wish, options)
  const keys = [endpointKey(adapters.server.endpoint)]
  const volume = wish.request.scratch
    ? ('scratch' as const)
    : await work.step('volume', `Make sure that the volume "${wish.volume.name}" exists`, (step) =>
        ensureVolume(adapters.server, wish.volume, {step, journal: adapters.journal, keys}),
      )
  const {address} = draft.choice
  if (draft.server === undefined && address !== null) await keepForStores(adapters.journal, address, {stores, work})
  const {id, outcome} = await runServer(adapters, draft, work)
  const place = await awaitShare(adapters, draft, {id, stores, work})
  const {request, choice} = draft
  const share: Share = {
    name: request.name,
    url: shareUrl(place),
    place,
    network: choice.network,
    ownAddress: choice.external,
    addressAskedFor: choice.address !== null,
    image: request.image,
    container: {id, name: serverName(request.name)},
  }
  return {outcome, volume, share}
}
