import {randomUUID} from 'node:crypto'
import {orElse} from '../engine/or-else.js'
import {runWork, type Work} from '../engine/work.js'
import {ROLE_SERVER, shareUrl} from '../model/share.js'
import {isVicnfsError, VicnfsError, withContext} from '../model/vicnfs-error.js'
import type {VolumeStore} from '../model/volume-store.js'
import type {Adapters, ServiceOptions} from './adapters.js'
import {exchangeServer} from './exchange/exchange-server.js'
import {listedStores, needsVch, requireAtRest} from './exchange/listed-stores.js'
import {requireParkable} from './exchange/parkable.js'
import {isMove} from './exchange/plan.js'
import {settleExchange, type SettledExchange} from './exchange/settle-exchange.js'
import {placesOf} from './exchange/stores-here.js'
import {copyShare, requireUntouched} from './move/copy-share.js'
import {endMove, movedAlready, serverDown} from './move/moved-already.js'
import type {ConsumerVch} from './registration/identify-consumer.js'
import {withReadyConsumer} from './registration/ready-consumer.js'
import type {SettleConsents} from './registration/settle.js'
import {placeOfServer, type ServerPlace} from './removal/server-place.js'
import type {ShareUse} from './removal/store-use.js'
import {exposeCommand} from './share/expose-command.js'
import type {VolumeWish} from './share/ensure-volume.js'
import {findServer, type ServerContainer} from './share/find-server.js'
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
  /** Containers with a volume on them, all at rest: those that were stopped for the move can be started. */
  readonly containers: readonly string[]
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

/** A share that another run has moved, or that this one has only brought to its new place: copied it was before. */
async function onlyEnded(
  adapters: Adapters,
  {volume, to}: MoveOptions,
  {settled, work}: {readonly settled: readonly SettledExchange[]; readonly work: Work},
): Promise<MoveResult> {
  const {url, stores} = await movedAlready(adapters, {volume, to: to.name}, work)
  const isNow = settled.some(({plan, end}) => end === 'done' && isMove(plan, {from: volume, to: to.name}))
  const outcome = isNow ? 'moved' : 'unchanged'
  return {outcome, from: volume, to: to.name, url, stores, containers: [], entries: 0, bytes: 0}
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

interface Consumer {
  readonly listed: readonly VolumeStore[]
  readonly vch?: ConsumerVch | undefined
}

async function storesOf(vch: ConsumerVch | undefined, signal: AbortSignal): Promise<readonly VolumeStore[]> {
  return vch === undefined ? [] : (await vch.access.program.inspectConfig(vch.selector, {signal})).stores
}

function namesOf(use: ShareUse | undefined): string[] {
  const volumes = use?.stores.flatMap((store) => store.volumes) ?? []
  return [...new Set(volumes.flatMap(({containers}) => containers.map(({name}) => name)))].sort()
}

/** Whether the share can be mounted right now; asked also once the run was told to stop. */
async function isMountable({nfs, limits}: Adapters, {place, work}: Moving): Promise<boolean> {
  const {signal} = work.shielded()
  const look = nfs.preflight(place, {readOnly: true, signal, rungTimeoutMs: limits.stepTimeoutMs})
  return (await orElse(look, {passed: false}, {signal})).passed
}

/**
 * While the old server serves at the address, what was stopped for the move need not wait. Whether it does is looked at,
 * and told to programs as `servedAsBefore` in the details of the error: a container with a volume on a dead share hangs.
 */
async function orSayWhatServes<T>(
  adapters: Adapters,
  moving: Moving,
  {listed, body}: Pick<Consumer, 'listed'> & {readonly body: () => Promise<T>},
): Promise<T> {
  try {
    return await body()
  } catch (error) {
    if (listed.length === 0 || (isVicnfsError(error) && error.code === 'VN-ADDRESS-EMPTY')) throw error
    const {options, work} = moving
    const {volume} = options
    const servedAsBefore = await isMountable(adapters, moving)
    const what = servedAsBefore
      ? `"${volume}" is served as before: containers that were stopped for the move can be started again.`
      : `"${volume}" cannot be mounted from here right now: leave stopped what was stopped for the move until it is served.`
    work.note('warning', `${what} The same command goes on where this one was.`)
    if (!isVicnfsError(error)) throw error
    throw withContext(error, (context) => ({...context, details: {...context.details, servedAsBefore}}))
  }
}

/** Copies the share, then has the server of the new volume take its place. */
async function move(adapters: Adapters, moving: Moving, consumer: Consumer): Promise<MoveResult> {
  const {options, server, place, work} = moving
  const {to, volume} = options
  const {listed, vch} = consumer
  const atRest = (): Promise<ShareUse | undefined> => requireAtRest(adapters, vch, {server, listed, work})
  await atRest()
  await askConsent(adapters, options, listed)
  const body = async () => {
    const stores = (): Promise<readonly VolumeStore[]> => storesOf(vch, work.signal)
    const copied = await copyShare(adapters, {server, place}, {to, stores, work})
    const seen = await atRest()
    await requireUntouched(adapters, place, {digest: copied.digest, work})
    await exchange(adapters, moving, listed)
    return [copied, seen] as const
  }
  const [{entries, bytes}, use] = await orSayWhatServes(adapters, moving, {listed, body})
  // The share has moved: whoever asks to stop now is told so all the same.
  await endMove(adapters, place, work.shielded())
  const labels = listed.map(({label}) => label)
  const url = shareUrl(place)
  return {outcome: 'moved', from: volume, to: to.name, url, stores: labels, containers: namesOf(use), entries, bytes}
}

async function exchange(adapters: Adapters, moving: Moving, listed: readonly VolumeStore[]): Promise<void> {
  const {options, server, work} = moving
  const share = options.to.name
  const occupant = {role: ROLE_SERVER, request: {...server.request, name: share}, choice: server.choice} as const
  const plan = {share, run: randomUUID(), from: occupantOf(server), to: occupant, stores: placesOf(listed)}
  const info = await adapters.server.info({signal: work.signal})
  await exchangeServer(adapters, plan, {old: server, info, work})
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
      const settled = await settleExchange(adapters, volume, work)
      const server = await findServer(adapters.server, volume, {signal: work.signal})
      if (server === undefined) return onlyEnded(adapters, options, {settled, work})
      refuseUnmovable(server, to.name)
      await requireParkable(adapters, server, work.signal)
      const place = await placeOfServer(adapters, server, work)
      if (!place.readable) throw serverDown(server, 'nothing can be copied')
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
