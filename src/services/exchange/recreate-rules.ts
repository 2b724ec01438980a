import type {Work} from '../../engine/work.js'
import {shellQuote} from '../../model/redaction.js'
import {refuseUnconfirmedDelete} from '../../model/safety.js'
import {requestDifferences, type ShareRequest} from '../../model/share.js'
import {VicnfsError} from '../../model/vicnfs-error.js'
import type {VolumeStore} from '../../model/volume-store.js'
import type {Adapters} from '../adapters.js'
import type {ConsumerVch} from '../registration/identify-consumer.js'
import {storesAt} from '../registration/store-place.js'
import type {Subject} from '../removal/refuse-other-vch.js'
import {unrecorded} from '../removal/release-consumers.js'
import {placeOfServer} from '../removal/server-place.js'
import {isKnownUse, readUsers, refuseOthers} from '../removal/share-users.js'
import {lookAtUse, refuseInUse} from '../removal/store-use.js'
import {lookAtServerVch} from '../share/draft-share.js'
import {requireVolume} from '../share/ensure-volume.js'
import {exposeCommand} from '../share/expose-command.js'
import {refuseForeign, type ServerContainer} from '../share/find-server.js'
import {requireParkable} from './parkable.js'

/** The operator's word for an exchange of the server container. */
export interface RecreateConsents {
  /** Scratch space goes with its server container, so its data has to be named for deletion. */
  readonly deleteVolume: boolean
  readonly confirm?: string
}

/** A server container that is wanted otherwise. */
interface Wanted {
  readonly wanted: ShareRequest
  readonly consents: RecreateConsents
  readonly work: Work
}

/** Settings that stand in the URL of a store, which vic-machine cannot change. */
const IN_URL = new Set(['network', 'address', 'exportFolder', 'uid', 'gid', 'scratch'])
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
function refuseLosingScratch({request}: ServerContainer, {wanted, consents}: Wanted): void {
  if (!request.scratch) return
  const {deleteVolume, confirm} = consents
  const tries = [`${exposeCommand(wanted)} --recreate ${shellQuote(['--delete-volume', '--confirm', request.name])}`]
  const named = confirm === undefined ? {} : {confirm}
  refuseUnconfirmedDelete({name: request.name, scratch: true, deleteVolume, ...named, tries})
}

/**
 * What can be told of a server container that is to be exchanged without asking any VCH that may use it.
 * @throws VN-DELETE-UNCONFIRMED, VN-SHARE-NO-VOLUME, VN-SHARE-FOREIGN, VN-SHARE-UNREADABLE, VN-SERVER-DOWN
 */
export async function admitRecreate(adapters: Adapters, server: ServerContainer, context: Wanted): Promise<Subject> {
  const {wanted, work} = context
  refuseLosingScratch(server, context)
  await lookAtServerVch(adapters.server, work)
  if (!wanted.scratch) await requireVolume(adapters.server, {name: wanted.name, create: false}, {signal: work.signal})
  await refuseForeign(adapters.server, wanted, {signal: work.signal})
  return {server, place: await placeOfServer(adapters, server, work)}
}

/** Whether a VCH has to be asked: one that may have the share as a store, or that can be asked anyway. */
export async function needsVch(adapters: Adapters, subject: Subject, work: Work): Promise<boolean> {
  const users = await readUsers(adapters, subject, {work, title: 'Read on the share who uses it'})
  return isKnownUse(users, subject) || users.unrecordedVolumes > 0 || adapters.hasVicMachine
}

/**
 * The stores that the VCH has on the share, and that it must find there again.
 * @throws VN-EXCHANGE-BREAKS, VN-NOT-PARKABLE, VN-OTHER-CONSUMER
 */
export async function storesToKeep(
  adapters: Adapters,
  vch: ConsumerVch,
  {subject, wanted, work}: Pick<Wanted, 'wanted' | 'work'> & {readonly subject: Subject},
): Promise<readonly VolumeStore[]> {
  const {server, place} = subject
  const users = await readUsers(adapters, subject, {work, title: 'Read again who uses the share'})
  await refuseOthers(adapters, vch, {subject, users, signal: work.signal})
  const {stores} = await vch.access.program.inspectConfig(vch.selector, {signal: work.signal})
  const listed = await storesAt(stores, place, ['same', 'below'])
  if (listed.length === 0) {
    const isOrphaned = !isKnownUse(users, subject) && users.unrecordedVolumes > 0
    if (isOrphaned) throw unrecorded(adapters, vch, {subject, volumes: users.unrecordedVolumes})
    return listed
  }
  const labels = listed.map((store) => store.label)
  refuseBreaking(server, wanted, labels)
  await requireParkable(adapters, server, work.signal)
  return listed
}

/** Seconds before the exchange: nothing of the VCH is using the share (S4). @throws VN-IN-USE */
export async function requireAtRest(
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
