import {randomUUID} from 'node:crypto'
import type {Work} from '../../engine/work.js'
import {ROLE_PARKED} from '../../model/share.js'
import {messageOf} from '../../model/vicnfs-error.js'
import type {VolumeStore} from '../../model/volume-store.js'
import type {Adapters} from '../adapters.js'
import type {ConsumerVch} from '../registration/identify-consumer.js'
import {withReadyConsumer} from '../registration/ready-consumer.js'
import type {SettleConsents} from '../registration/settle.js'
import {storesAt} from '../registration/store-place.js'
import type {Subject} from '../removal/refuse-other-vch.js'
import {readUsers, refuseOthers} from '../removal/share-users.js'
import {lookAtUse, refuseInUse} from '../removal/store-use.js'
import {ensureImage} from '../share/ensure-server.js'
import type {ParkedContainer} from '../share/find-server.js'
import {occupantOf} from '../share/occupant.js'
import {exchangeServer} from './exchange-server.js'
import {bringUp} from './occupy.js'
import {requireParkable} from './parkable.js'
import {placesOf, recordsToCarry, refuseOddDirectories} from './stores-here.js'

interface Context {
  readonly work: Work
  readonly held: ReadonlySet<string>
  readonly consents: SettleConsents
  /** The volume is to be deleted afterwards: then containers at rest count, too. */
  readonly deleteVolume: boolean
}

async function listedNow(vch: ConsumerVch, subject: Subject, signal: AbortSignal): Promise<VolumeStore[]> {
  const {stores} = await vch.access.program.inspectConfig(vch.selector, {signal})
  return storesAt(stores, subject.place, {relations: ['same', 'below'], signal})
}

const labelsOf = (stores: readonly VolumeStore[]): string[] => stores.map((store) => store.label)

async function park(
  adapters: Adapters,
  vch: ConsumerVch,
  options: Context & {readonly subject: Subject},
): Promise<readonly string[] | undefined> {
  const {subject, work, deleteVolume} = options
  const {server} = subject
  const {request, choice} = server
  const {recorded, ...users} = await readUsers(adapters, subject, {work, title: 'Read again who uses the share'})
  await refuseOthers(adapters, vch, {subject, users: {...users, recorded}, signal: work.signal})
  if ((await listedNow(vch, subject, work.signal)).length === 0) return undefined
  await requireParkable(adapters, server, work.signal)
  await work.step('image', `Make sure that the image ${request.image} is there`, (step) =>
    ensureImage(adapters.server, request.image, step),
  )
  // All that came before takes its time: what follows is seen seconds before the exchange (S2, S4).
  const listed = await work.step(
    'at-rest',
    `Make sure that nothing of "${vch.name}" is using the share`,
    async (step) => {
      const stores = await listedNow(vch, subject, step.signal)
      const use = await lookAtUse(adapters, vch, {servers: [server], labels: labelsOf(stores), signal: step.signal})
      refuseInUse(adapters, use, {which: deleteVolume ? 'all' : 'running', share: request.name})
      step.unchanged(use.clients === null ? 'no container runs; connections cannot be seen here' : 'nothing does')
      return stores
    },
  )
  if (listed.length === 0) return undefined
  const records = recordsToCarry(vch, {recorded, listed, share: subject.place.path})
  refuseOddDirectories(records, request.name)
  const to = {role: ROLE_PARKED, request, choice, records} as const
  const plan = {share: request.name, run: randomUUID(), from: occupantOf(server), to, stores: placesOf(listed)}
  const info = await adapters.server.info({signal: work.signal})
  await exchangeServer(adapters, plan, {old: server, info, work})
  return labelsOf(listed)
}

/**
 * Puts an empty server in the place of a registered share's: its VCH goes on booting, and the volume is free (S4).
 * @returns the labels of the stores that go on being served so; undefined when no VCH lists the share: nothing to park
 * @throws VN-IN-USE, VN-NOT-PARKABLE, VN-OTHER-CONSUMER, VN-EXCHANGE-FAILED, VN-ADDRESS-EMPTY
 */
export async function parkShare(
  adapters: Adapters,
  subject: Subject,
  context: Context,
): Promise<readonly string[] | undefined> {
  const body = (vch: ConsumerVch): Promise<readonly string[] | undefined> => park(adapters, vch, {...context, subject})
  return withReadyConsumer(adapters, context.consents, {...context, body})
}

/**
 * Before the volume of a parked share is deleted: no container of its VCH may still have a volume on it, running or not.
 * @throws VN-IN-USE, VN-OTHER-CONSUMER
 */
export async function refuseUsedParked(adapters: Adapters, subject: Subject, context: Context): Promise<void> {
  const {work} = context
  const body = async (vch: ConsumerVch): Promise<void> => {
    const users = await readUsers(adapters, subject, {work, title: 'Read again who uses the share'})
    await refuseOthers(adapters, vch, {subject, users, signal: work.signal})
    const labels = labelsOf(await listedNow(vch, subject, work.signal))
    const use = await lookAtUse(adapters, vch, {servers: [subject.server], labels, signal: work.signal})
    refuseInUse(adapters, use, {which: 'all', share: subject.server.request.name})
  }
  await withReadyConsumer(adapters, context.consents, {...context, body})
}

/** Sees to it that a parked server serves. @returns whether it had to be started */
export async function ensureParkedServes(adapters: Adapters, parked: ParkedContainer, work: Work): Promise<boolean> {
  if (parked.container.state === 'running') return false
  const {request, choice, records = []} = parked
  const stores = records.map(({record: {path, uid, gid}}) => ({host: choice.address ?? '', path, uid, gid}))
  work.cutUndo('the parked server is at the address of a store')
  await bringUp(adapters, parked.container, {occupant: {role: ROLE_PARKED, request, choice, records}, stores, work})
  return true
}

/** A rollback restarts the VCH: nothing that it may still need is to be down meanwhile. */
export async function startParked(adapters: Adapters, parked: ParkedContainer, work: Work): Promise<void> {
  try {
    await ensureParkedServes(adapters, parked, work)
  } catch (error) {
    work.signal.throwIfAborted()
    work.note('warning', `The parked server does not serve: ${messageOf(error)}`)
  }
}
