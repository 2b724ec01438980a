import type {Work} from '../../engine/work.js'
import type {VolumeStore} from '../../model/volume-store.js'
import type {Adapters} from '../adapters.js'
import type {ConsumerVch} from '../registration/identify-consumer.js'
import {storesAt} from '../registration/store-place.js'
import type {Subject} from '../removal/refuse-other-vch.js'
import {unrecorded} from '../removal/release-consumers.js'
import {isKnownUse, readUsers, refuseOthers} from '../removal/share-users.js'
import {lookAtUse, refuseConnected, refuseInUse, type ShareUse} from '../removal/store-use.js'
import type {ServerContainer} from '../share/find-server.js'

/** Whether a VCH has to be asked: one that may have the share as a store, or that can be asked anyway. */
export async function needsVch(adapters: Adapters, subject: Subject, work: Work): Promise<boolean> {
  const users = await readUsers(adapters, subject, {work, title: 'Read on the share who uses it'})
  return isKnownUse(users, subject) || users.unrecordedVolumes > 0 || adapters.hasVicMachine
}

/** The stores that the VCH has on the share. @throws VN-OTHER-CONSUMER, VN-UNRECORDED-VOLUMES */
export async function listedStores(
  adapters: Adapters,
  vch: ConsumerVch,
  {subject, work}: {readonly subject: Subject; readonly work: Work},
): Promise<readonly VolumeStore[]> {
  const users = await readUsers(adapters, subject, {work, title: 'Read again who uses the share'})
  await refuseOthers(adapters, vch, {subject, users, signal: work.signal})
  const {stores} = await vch.access.program.inspectConfig(vch.selector, {signal: work.signal})
  const listed = await storesAt(stores, subject.place, {relations: ['same', 'below'], signal: work.signal})
  const isOrphaned = listed.length === 0 && !isKnownUse(users, subject) && users.unrecordedVolumes > 0
  if (isOrphaned) throw unrecorded(adapters, vch, {subject, volumes: users.unrecordedVolumes})
  return listed
}

/**
 * Seconds before the exchange: nothing of the VCH is using the share, and where none lists it, nobody is connected (S4).
 * @returns what could use it, all of it at rest; undefined without a VCH
 * @throws VN-IN-USE
 */
export async function requireAtRest(
  adapters: Adapters,
  vch: ConsumerVch | undefined,
  options: {readonly server: ServerContainer; readonly listed: readonly VolumeStore[]; readonly work: Work},
): Promise<ShareUse | undefined> {
  const {server, listed, work} = options
  const who = vch === undefined ? 'nobody' : `nothing of "${vch.name}"`
  return work.step('at-rest', `Make sure that ${who} is using the share`, async (step) => {
    if (vch === undefined) {
      await refuseConnected(adapters, server, step.signal)
      step.unchanged('nobody is connected, as far as can be seen')
      return undefined
    }
    const labels = listed.map((store) => store.label)
    const use = await lookAtUse(adapters, vch, {servers: [server], labels, signal: step.signal})
    refuseInUse(adapters, use, {which: 'running', share: server.request.name})
    step.unchanged(use.clients === null ? 'no container runs; connections cannot be seen here' : 'nothing does')
    return use
  })
}
