import type {StepHandle, Work} from '../../engine/work.js'
import type {RecordedConsumer} from '../../model/consumer-record.js'
import {dockerCommand} from '../../model/docker-command.js'
import {isVicnfsError, messageOf, VicnfsError} from '../../model/vicnfs-error.js'
import type {Adapters} from '../adapters.js'
import type {ConsumerVch} from '../registration/identify-consumer.js'
import {withReadyConsumer} from '../registration/ready-consumer.js'
import {onShare, removeRecord} from '../registration/record.js'
import {storesAt} from '../registration/store-place.js'
import type {SettleConsents} from '../registration/settle.js'
import {wasUnregistered} from './journal-consumer.js'
import type {Subject} from './refuse-other-vch.js'
import {isKnownUse, readUsers, refuseOthers, type ShareUsers} from './share-users.js'
import {unregisterByRollback} from './unregister.js'

interface Context {
  readonly work: Work
  readonly held: ReadonlySet<string>
  readonly consents: SettleConsents
}

async function unregisterFrom(
  adapters: Adapters,
  vch: ConsumerVch,
  subject: Subject,
  work: Work,
): Promise<readonly string[]> {
  const {program} = vch.access
  const at = {relations: ['same', 'below'], signal: work.signal} as const
  const {stores} = await program.inspectConfig(vch.selector, {signal: work.signal})
  const listed = await storesAt(stores, subject.place, at)
  const labels = listed.map((store) => store.label)
  if (labels.length > 0) {
    const {server} = subject
    await unregisterByRollback(adapters, vch, {stores, labels, share: server.request.name, servers: [server], work})
  }
  // S4: only what inspect config shows now lets the server container go.
  const after = await program.inspectConfig(vch.selector, {signal: work.signal})
  if ((await storesAt(after.stores, subject.place, at)).length > 0) {
    throw new VicnfsError('VN-NOT-REMOVABLE', `"${vch.name}" still lists this share, so its server container stays.`)
  }
  return labels
}

/** Removes a record as the one who wrote it: another uid may not be allowed to. @returns why it stays */
async function removeRecordOf(
  adapters: Adapters,
  subject: Subject,
  options: {readonly consumer: RecordedConsumer; readonly step: StepHandle},
): Promise<string | undefined> {
  const {folder, record} = options.consumer
  const {signal} = options.step
  const place = {...subject.place, uid: record.uid, gid: record.gid}
  try {
    await onShare(adapters, place, {signal, body: (session) => removeRecord(session, folder)})
    return undefined
  } catch (error) {
    signal.throwIfAborted()
    return isVicnfsError(error) ? `${error.message} ${error.reason}` : messageOf(error)
  }
}

/**
 * Every record on the share is of this VCH, or of one that was asked and lists the share no more: one that stays harms
 * nobody, so it does not keep the server container either.
 */
async function clearRecords(
  adapters: Adapters,
  subject: Subject,
  options: {readonly recorded: readonly RecordedConsumer[]; readonly work: Work},
): Promise<void> {
  const {recorded, work} = options
  if (!subject.place.readable || recorded.length === 0) return
  await work.step('record', 'Take the record off the share', async (step) => {
    for (const consumer of recorded) {
      const why = await removeRecordOf(adapters, subject, {consumer, step})
      if (why === undefined) continue
      const {vchName, label} = consumer.record
      step.note('left on the share')
      work.note('warning', `The record of "${vchName}" as "${label}" could not be taken off the share: ${why}`)
    }
  })
}

/** Nobody here can find out whose volumes these are; whoever knows needs no help of ours. */
export function unrecorded(
  adapters: Adapters,
  vch: ConsumerVch,
  {subject, volumes}: {readonly subject: Subject; readonly volumes: number},
): VicnfsError {
  const {container, request} = subject.server
  const data = request.scratch ? 'the data of scratch space goes with it' : 'the volume keeps its data'
  const message = `The share holds ${volumes} volume(s) of a VCH that is not recorded on it.`
  return new VicnfsError('VN-UNRECORDED-VOLUMES', message, {
    reason:
      `"${vch.name}" does not list it, so another VCH may be using it, and would not boot without it. ` +
      `Only when you know that none does, remove the server container by hand: ${data}.`,
    tries: ['stop', 'rm'].map((verb) => dockerCommand(adapters.server.endpoint, [verb, container.name])),
  })
}

/**
 * Sees to it that no VCH lists the share any more, or refuses (S4).
 * @returns labels that were un-registered
 * @throws VN-OTHER-CONSUMER, VN-UNRECORDED-VOLUMES, VN-NOT-REMOVABLE, VN-IN-USE, VN-SERVER-DOWN
 */
export async function releaseConsumers(
  adapters: Adapters,
  subject: Subject,
  context: Context,
): Promise<readonly string[]> {
  const {work, consents} = context
  const first = await readUsers(adapters, subject, {work, title: 'Read on the share who uses it'})
  if (!isKnownUse(first, subject) && first.unrecordedVolumes === 0 && !adapters.hasVicMachine) return []
  const body = async (vch: ConsumerVch): Promise<readonly string[]> => {
    const readAgain = async (title: string): Promise<ShareUsers> => {
      const users = await readUsers(adapters, subject, {work, title})
      await refuseOthers(adapters, vch, {subject, users, signal: work.signal})
      return users
    }
    // Locks were waited for and changes settled: another VCH may have registered a directory of the share meanwhile.
    const users = await readAgain('Read again who uses the share')
    const labels = await unregisterFrom(adapters, vch, subject, work)
    const isOrphaned = labels.length === 0 && !isKnownUse(users, subject) && users.unrecordedVolumes > 0
    // An earlier run may have un-registered the share and taken the record off, and come no further.
    if (isOrphaned && !(await wasUnregistered(adapters.journal, subject.place, {vch, signal: work.signal})))
      throw unrecorded(adapters, vch, {subject, volumes: users.unrecordedVolumes})
    const {recorded} = labels.length === 0 ? users : await readAgain('Read who uses the share after the rollback')
    await clearRecords(adapters, subject, {recorded, work})
    return labels
  }
  return withReadyConsumer(adapters, consents, {...context, body})
}
