import {randomUUID} from 'node:crypto'
import type {Work} from '../../engine/work.js'
import {shellQuote} from '../../model/redaction.js'
import {refuseUnconfirmedDelete} from '../../model/safety.js'
import {requestDifferences, ROLE_SERVER, type ShareChoice, type ShareRequest} from '../../model/share.js'
import {VicnfsError} from '../../model/vicnfs-error.js'
import type {VolumeStore} from '../../model/volume-store.js'
import type {VchInfo} from '../../vch/vch-api.js'
import type {Adapters} from '../adapters.js'
import {preflightFromVch} from '../preflight-from-vch.js'
import type {ConsumerVch} from '../registration/identify-consumer.js'
import {withReadyConsumer} from '../registration/ready-consumer.js'
import type {SettleConsents} from '../registration/settle.js'
import {storesAt} from '../registration/store-place.js'
import type {Subject} from '../removal/refuse-other-vch.js'
import {unrecorded} from '../removal/release-consumers.js'
import {placeOfServer} from '../removal/server-place.js'
import {isKnownUse, readUsers, refuseOthers} from '../removal/share-users.js'
import {lookAtUse, refuseInUse} from '../removal/store-use.js'
import {chooseFor, lookAtServerVch, ownAddress} from '../share/draft-share.js'
import {ensureImage} from '../share/ensure-server.js'
import {requireVolume} from '../share/ensure-volume.js'
import {exposeCommand} from '../share/expose-command.js'
import {refuseForeign, type ServerContainer} from '../share/find-server.js'
import {occupantOf} from '../share/occupant.js'
import {exchangeServer} from './exchange-server.js'
import {requireParkable} from './parkable.js'
import {placesOf} from './stores-here.js'

/** The operator's word for an exchange of the server container. */
export interface RecreateConsents {
  /** Scratch space goes with its server container, so its data has to be named for deletion. */
  readonly deleteVolume: boolean
  readonly confirm?: string
}

interface Context {
  readonly wanted: ShareRequest
  readonly consents: RecreateConsents & SettleConsents
  readonly work: Work
  readonly held: ReadonlySet<string>
}

/** Settings that stand in the URL of a store, which vic-machine cannot change. */
const IN_URL = new Set(['network', 'address', 'exportFolder', 'uid', 'gid', 'scratch'])
/** Settings by which the server decides whom it lets mount: the VCH itself has to try them. */
const WHO_MAY_MOUNT = new Set(['allow', 'exportOptions', 'squash', 'securePorts'])

/** @throws VN-EXCHANGE-BREAKS */
function refuseBreaking(server: ServerContainer, wanted: ShareRequest, labels: readonly string[]): void {
  const broken = requestDifferences(server, wanted).filter(({field}) => IN_URL.has(field))
  if (broken.length === 0) return
  const text = broken.map(({field, is, wanted: asked}) => `${field} is ${is}, asked for ${asked}`).join('; ')
  throw new VicnfsError(
    'VN-EXCHANGE-BREAKS',
    `"${wanted.name}" is the store ${labels.join(', ')}, so ${text} cannot be.`,
    {
      reason: 'The URL of a store is for good: with another one the VCH would not find its share when it boots.',
      tries: [`${exposeCommand({...wanted, ...inUrl(server)})} --recreate`],
      details: {differences: broken, labels},
    },
  )
}

function inUrl({request}: ServerContainer): Partial<ShareRequest> {
  const {network, address, exportFolder, uid, gid, scratch} = request
  return {network, address, exportFolder, uid, gid, scratch}
}

/** @throws VN-DELETE-UNCONFIRMED */
function refuseLosingScratch({request}: ServerContainer, {wanted, consents}: Context): void {
  if (!request.scratch) return
  const {deleteVolume, confirm} = consents
  const tries = [`${exposeCommand(wanted)} --recreate ${shellQuote(['--delete-volume', '--confirm', request.name])}`]
  const named = confirm === undefined ? {} : {confirm}
  refuseUnconfirmedDelete({name: request.name, scratch: true, deleteVolume, ...named, tries})
}

/** Where the new server is to be: where the old one is, unless another place was asked for. */
async function choiceFor(
  adapters: Adapters,
  server: ServerContainer,
  options: {readonly wanted: ShareRequest; readonly info: VchInfo; readonly work: Work},
): Promise<ShareChoice> {
  const {wanted, work} = options
  const moves = requestDifferences(server, wanted).some(({field}) => field === 'network' || field === 'address')
  return work.step('network', 'Choose network and address', async (step) => {
    if (moves) return chooseFor(adapters, wanted, {...options, step})
    const {choice} = server
    const network = (await adapters.server.networks({signal: step.signal})).find(({name}) => name === choice.network)
    const own = network === undefined ? choice.ownAddress : await ownAddress(wanted, network, choice.address)
    step.unchanged(`${choice.address ?? 'an address'} of ${choice.network}, as before`)
    return {...choice, ownAddress: own}
  })
}

async function exchange(
  adapters: Adapters,
  server: ServerContainer,
  options: Context & {readonly listed: readonly VolumeStore[]; readonly vch?: ConsumerVch},
): Promise<void> {
  const {wanted, work, listed, vch} = options
  const info = await adapters.server.info({signal: work.signal})
  const choice = await choiceFor(adapters, server, {wanted, info, work})
  const to = {role: ROLE_SERVER, request: wanted, choice} as const
  const stores = placesOf(listed)
  const asksVch = stores.length > 0 && requestDifferences(server, wanted).some(({field}) => WHO_MAY_MOUNT.has(field))
  const plan = {share: wanted.name, run: randomUUID(), from: occupantOf(server), to, stores, asksVch}
  const prove = async (shielded: Work): Promise<void> => {
    for (const store of asksVch ? stores : [])
      await preflightFromVch(store, adapters, {wish: {image: wanted.image, readOnly: false}, work: shielded})
  }
  if (vch !== undefined) await requireAtRest(adapters, vch, {server, listed, work})
  await exchangeServer(adapters, plan, {old: server, info, work, prove})
}

/** Seconds before the exchange: nothing of the VCH is using the share (S4). @throws VN-IN-USE */
async function requireAtRest(
  adapters: Adapters,
  vch: ConsumerVch,
  options: {readonly server: ServerContainer; readonly listed: readonly VolumeStore[]; readonly work: Work},
): Promise<void> {
  const {server, listed, work} = options
  await work.step('at-rest', `Make sure that nothing of "${vch.name}" is using the share`, async (step) => {
    const labels = listed.map((store) => store.label)
    const use = await lookAtUse(adapters, vch, {servers: [server], labels, signal: step.signal})
    refuseInUse(adapters, use, {which: 'running', share: server.request.name})
    step.unchanged(use.clients === null ? 'no container runs; connections cannot be seen here' : 'nothing does')
  })
}

async function exchangeRegistered(
  adapters: Adapters,
  vch: ConsumerVch,
  options: Context & {readonly subject: Subject},
): Promise<void> {
  const {subject, work, wanted} = options
  const {server, place} = subject
  const users = await readUsers(adapters, subject, {work, title: 'Read again who uses the share'})
  await refuseOthers(adapters, vch, {subject, users, signal: work.signal})
  const {stores} = await vch.access.program.inspectConfig(vch.selector, {signal: work.signal})
  const listed = await storesAt(stores, place, ['same', 'below'])
  if (listed.length === 0) {
    const isOrphaned = !isKnownUse(users, subject) && users.unrecordedVolumes > 0
    if (isOrphaned) throw unrecorded(adapters, vch, {subject, volumes: users.unrecordedVolumes})
    await exchange(adapters, server, {...options, listed})
    return
  }
  const labels = listed.map((store) => store.label)
  refuseBreaking(server, wanted, labels)
  await requireParkable(adapters, server, work.signal)
  await exchange(adapters, server, {...options, listed, vch})
}

/**
 * Exchanges the server container of a share for one with other settings, or for a new one with the same (S4): while a
 * VCH has the share as a store only at its address, with nothing running on it, and with the old one put back on failure.
 * @throws VN-EXCHANGE-BREAKS, VN-NOT-PARKABLE, VN-IN-USE, VN-OTHER-CONSUMER, VN-SERVER-DOWN, VN-DELETE-UNCONFIRMED,
 * VN-EXCHANGE-FAILED, VN-ADDRESS-EMPTY
 */
export async function recreateServer(adapters: Adapters, server: ServerContainer, context: Context): Promise<void> {
  const {wanted, work, consents} = context
  refuseLosingScratch(server, context)
  await lookAtServerVch(adapters.server, work)
  if (!wanted.scratch) await requireVolume(adapters.server, {name: wanted.name, create: false}, {signal: work.signal})
  await refuseForeign(adapters.server, wanted, {signal: work.signal})
  const place = await placeOfServer(adapters, server, work)
  const subject: Subject = {server, place}
  await work.step('image', `Make sure that the image ${wanted.image} is there`, (step) =>
    ensureImage(adapters.server, wanted.image, step),
  )
  const users = await readUsers(adapters, subject, {work, title: 'Read on the share who uses it'})
  if (!isKnownUse(users, subject) && users.unrecordedVolumes === 0 && !adapters.hasVicMachine) {
    await exchange(adapters, server, {...context, listed: []})
    return
  }
  const body = (vch: ConsumerVch): Promise<void> => exchangeRegistered(adapters, vch, {...context, subject})
  await withReadyConsumer(adapters, consents, {...context, body})
}
