import {randomUUID} from 'node:crypto'
import {runWork, type Work} from '../engine/work.js'
import {shellQuote} from '../model/redaction.js'
import {ROLE_SERVER, shareUrl} from '../model/share.js'
import {VicnfsError} from '../model/vicnfs-error.js'
import type {VolumeStore} from '../model/volume-store.js'
import {transferShare} from '../nfs/copy/transfer-share.js'
import type {Adapters, ServiceOptions} from './adapters.js'
import {exchangeServer} from './exchange/exchange-server.js'
import {listedStores, needsVch, requireAtRest} from './exchange/listed-stores.js'
import {requireParkable} from './exchange/parkable.js'
import {settleExchange} from './exchange/settle-exchange.js'
import {placesOf} from './exchange/stores-here.js'
import {freeTarget, serveTarget} from './move/temporary-server.js'
import type {ConsumerVch} from './registration/identify-consumer.js'
import {withReadyConsumer} from './registration/ready-consumer.js'
import type {SettleConsents} from './registration/settle.js'
import {placeOfServer, type ServerPlace} from './removal/server-place.js'
import {exposeCommand} from './share/expose-command.js'
import type {VolumeWish} from './share/ensure-volume.js'
import {addressOf, findParked, findServer, type ServerContainer} from './share/find-server.js'
import {occupantOf} from './share/occupant.js'
import {endpointKey, withVchLock} from './vch-lock.js'

export interface MoveOptions {
  /** Volume of the share. */
  readonly volume: string
  readonly to: VolumeWish
  readonly consents: SettleConsents
}

export interface MoveResult {
  readonly outcome: 'moved' | 'unchanged'
  readonly from: string
  readonly to: string
  readonly url: string
  /** Labels of the stores that lie on the share now as before. */
  readonly stores: readonly string[]
  readonly entries: number
  readonly bytes: number
}

/** @throws VN-USAGE, VN-MOVE-SQUASHED */
function refuseUnmovable({request}: ServerContainer, to: string): void {
  if (request.scratch) {
    throw new VicnfsError('VN-USAGE', `"${request.name}" is scratch space and has no volume to move from.`)
  }
  if (request.name === to) throw new VicnfsError('VN-USAGE', `The share is on the volume "${to}" already.`)
  if (request.squash === 'no_root_squash' && request.exportOptions === null) return
  throw new VicnfsError('VN-MOVE-SQUASHED', `The share "${request.name}" cannot be read as root.`, {
    reason:
      request.exportOptions === null
        ? `It is served with ${request.squash}, and a copy needs owners and closed files.`
        : 'It is served with export options of your own, of which vicnfs does not know whether root stays root.',
    tries: [`${exposeCommand({...request, exportOptions: null, squash: 'no_root_squash'})} --recreate`],
  })
}

function serverDown({request}: ServerContainer): VicnfsError {
  return new VicnfsError(
    'VN-SERVER-DOWN',
    `The server container of "${request.name}" is down: nothing can be copied.`,
    {
      tries: [exposeCommand(request)],
    },
  )
}

/** A share whose server is gone from its name: moved already, parked, or not there. */
async function notServed(adapters: Adapters, {volume, to}: MoveOptions, work: Work): Promise<MoveResult> {
  const call = {signal: work.signal}
  const moved = await findServer(adapters.server, to.name, call)
  if (moved?.request.exportFolder === `/exports/${volume}`) {
    const {exportFolder: path, uid, gid} = moved.request
    const url = shareUrl({host: addressOf(moved) || (moved.choice.address ?? ''), path, uid, gid})
    return {outcome: 'unchanged', from: volume, to: to.name, url, stores: [], entries: 0, bytes: 0}
  }
  const expose = shellQuote(['vicnfs', 'expose-volume', volume])
  if ((await findParked(adapters.server, volume, call)) !== undefined) {
    throw new VicnfsError('VN-PARKED', `The share "${volume}" is parked: its data is not served.`, {tries: [expose]})
  }
  throw new VicnfsError('VN-SHARE-NO-SERVER', `"${volume}" is not shared by this VCH.`, {tries: [expose]})
}

async function askConsent({confirm}: Adapters, {volume, to}: MoveOptions, listed: readonly VolumeStore[]) {
  const labels = listed.map(({label}) => label).join(', ')
  await confirm({
    text: `Move the share "${volume}" to the volume "${to.name}"?`,
    consequences: [
      labels === '' ? 'the share is away for moments at the end' : `no container can use ${labels} until it is done`,
      `"${volume}" keeps its data; nothing is deleted`,
    ],
    flag: 'yes',
  })
}

interface Moving {
  readonly options: MoveOptions
  readonly server: ServerContainer
  readonly place: ServerPlace
  readonly work: Work
}

async function storesOf(vch: ConsumerVch | undefined, signal: AbortSignal): Promise<readonly VolumeStore[]> {
  return vch === undefined ? [] : (await vch.access.program.inspectConfig(vch.selector, {signal})).stores
}

/** Copies the share, then has the server of the new volume take its place. */
async function move(
  adapters: Adapters,
  moving: Moving,
  {listed, vch}: {readonly listed: readonly VolumeStore[]; readonly vch?: ConsumerVch | undefined},
): Promise<MoveResult> {
  const {options, server, place, work} = moving
  const {to, volume} = options
  const atRest = async (): Promise<void> => {
    if (vch !== undefined) await requireAtRest(adapters, vch, {server, listed, work})
  }
  await atRest()
  await askConsent(adapters, options, listed)
  const target = await serveTarget(adapters, server, {to, work})
  const {stepTimeoutMs: timeoutMs} = adapters.limits
  const {portmapPort} = adapters.nfs
  const counts = await work.step('copy', `Copy the share to "${to.name}" through NFS, and compare`, async (step) => {
    const {signal} = step
    const onProgress = (text: string): void => step.progress(text)
    const copied = await transferShare(place, target, {signal, portmapPort, timeoutMs, onProgress})
    step.note(`${copied.entries} entries, ${copied.bytes} bytes; ${copied.unchanged} were there`)
    return copied
  })
  await atRest()
  await freeTarget(adapters, target, {name: to.name, stores: await storesOf(vch, work.signal), work})
  const request = {...server.request, name: to.name}
  const occupant = {role: ROLE_SERVER, request, choice: server.choice} as const
  const stores = placesOf(listed)
  const plan = {share: to.name, run: randomUUID(), from: occupantOf(server), to: occupant, stores}
  const info = await adapters.server.info({signal: work.signal})
  await exchangeServer(adapters, plan, {old: server, info, work})
  const {entries, bytes} = counts
  const labels = listed.map(({label}) => label)
  return {outcome: 'moved', from: volume, to: to.name, url: shareUrl(place), stores: labels, entries, bytes}
}

/**
 * Moves a share to another volume: copied through NFS while nobody uses it, compared, and then served from the new volume
 * at the same address, in the same folder, so that its VCHs notice nothing. The old volume keeps its data (S1); until the
 * exchange the share is served as before (S4), and a move that was cut off goes on where it was.
 * @throws VN-IN-USE, VN-NOT-PARKABLE, VN-MOVE-…, VN-PARKED, VN-SHARE-…, VN-OTHER-CONSUMER, VN-EXCHANGE-FAILED,
 * VN-ADDRESS-EMPTY
 */
export async function moveShare(
  options: MoveOptions,
  adapters: Adapters,
  serviceOptions: ServiceOptions,
): Promise<MoveResult> {
  const {volume, to, consents} = options
  return runWork(async (work) => {
    const keys = [endpointKey(adapters.server.endpoint), endpointKey(adapters.consumer.endpoint)]
    const body = async (held: ReadonlySet<string>): Promise<MoveResult> => {
      await settleExchange(adapters, volume, work)
      const server = await findServer(adapters.server, volume, {signal: work.signal})
      if (server === undefined) return notServed(adapters, options, work)
      refuseUnmovable(server, to.name)
      await requireParkable(adapters, server, work.signal)
      const place = await placeOfServer(adapters, server, work)
      if (!place.readable) throw serverDown(server)
      const moving = {options, server, place, work}
      const subject = {server, place}
      if (!(await needsVch(adapters, subject, work))) return move(adapters, moving, {listed: []})
      const onVch = async (vch: ConsumerVch): Promise<MoveResult> => {
        const listed = await listedStores(adapters, vch, {subject, work})
        return move(adapters, moving, {listed, ...(listed.length === 0 ? {} : {vch})})
      }
      return withReadyConsumer(adapters, consents, {work, held, body: onVch})
    }
    return withVchLock(adapters, keys, {work, body})
  }, serviceOptions)
}
