import type {Work} from '../../engine/work.js'
import type {VolumeStore} from '../../model/volume-store.js'
import type {Adapters} from '../adapters.js'
import type {ConsumerVch} from '../registration/identify-consumer.js'
import {withReadyConsumer} from '../registration/ready-consumer.js'
import type {SettleConsents} from '../registration/settle.js'
import {storesAt} from '../registration/store-place.js'
import type {Subject} from '../removal/refuse-other-vch.js'
import {unrecorded} from '../removal/release-consumers.js'
import {isKnownUse, readUsers, refuseOthers} from '../removal/share-users.js'
import {lookAtUse, refuseInUse} from '../removal/store-use.js'
import type {ServerContainer} from '../share/find-server.js'

interface Options<T> {
  readonly consents: SettleConsents
  readonly work: Work
  readonly held: ReadonlySet<string>
  /** @param vch only where it lists stores on the share */
  readonly body: (listed: readonly VolumeStore[], vch?: ConsumerVch) => Promise<T>
}

async function onVch<T>(
  adapters: Adapters,
  vch: ConsumerVch,
  options: Options<T> & {readonly subject: Subject},
): Promise<T> {
  const {subject, work, body} = options
  const users = await readUsers(adapters, subject, {work, title: 'Read again who uses the share'})
  await refuseOthers(adapters, vch, {subject, users, signal: work.signal})
  const {stores} = await vch.access.program.inspectConfig(vch.selector, {signal: work.signal})
  const listed = await storesAt(stores, subject.place, ['same', 'below'])
  const isOrphaned = listed.length === 0 && !isKnownUse(users, subject) && users.unrecordedVolumes > 0
  if (isOrphaned) throw unrecorded(adapters, vch, {subject, volumes: users.unrecordedVolumes})
  return listed.length === 0 ? body([]) : body(listed, vch)
}

/**
 * Finds out which stores lie on a share whose server is to be exchanged, on the one VCH that may have them.
 * @throws VN-OTHER-CONSUMER, VN-UNRECORDED-VOLUMES, VN-SERVER-DOWN, and what settling and identifying throw
 */
export async function withListedStores<T>(adapters: Adapters, subject: Subject, options: Options<T>): Promise<T> {
  const {work, consents, body} = options
  const users = await readUsers(adapters, subject, {work, title: 'Read on the share who uses it'})
  if (!isKnownUse(users, subject) && users.unrecordedVolumes === 0 && !adapters.hasVicMachine) return body([])
  const registered = (vch: ConsumerVch): Promise<T> => onVch(adapters, vch, {...options, subject})
  return withReadyConsumer(adapters, consents, {...options, body: registered})
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
