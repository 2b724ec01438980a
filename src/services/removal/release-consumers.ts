import type {Work} from '../../engine/work.js'
import {recordIsAbout} from '../../model/consumer-record.js'
import {VicnfsError} from '../../model/vicnfs-error.js'
import type {VolumeStore} from '../../model/volume-store.js'
import type {Adapters} from '../adapters.js'
import type {ConsumerVch} from '../registration/identify-consumer.js'
import {withReadyConsumer} from '../registration/ready-consumer.js'
import {listsPlace, onShare, otherVchLists, removeRecord} from '../registration/record.js'
import type {SettleConsents} from '../registration/settle.js'
import {exposeCommand} from '../share/expose-command.js'
import type {ServerContainer} from '../share/find-server.js'
import {endpointKey} from '../vch-lock.js'
import {readConsumers, refuseUsed, type Consumers, type RecordedConsumer} from './find-consumers.js'
import {journalKnowsConsumer} from './journal-consumer.js'
import type {ServerPlace} from './server-place.js'
import {requireUnregistrable, unregisterByRollback} from './unregister.js'

interface Subject {
  readonly server: ServerContainer
  readonly place: ServerPlace
}

interface Context {
  readonly work: Work
  readonly held: ReadonlySet<string>
  readonly consents: SettleConsents
}

/** Stores of the VCH that lie on the share: its root, or one of its first-level directories. */
function storesOn(stores: readonly VolumeStore[], place: ServerPlace): VolumeStore[] {
  const root = place.path.replace(/\/+$/, '')
  return stores.filter((store) => {
    const parent = {...place, path: store.path.replace(/\/[^/]*\/*$/, '')}
    return (
      listsPlace([store], {...place, path: root}) ||
      (listsPlace([{...store, path: parent.path}], {...place, path: root}) && parent.path !== '')
    )
  })
}

async function refuseOtherVch(
  vch: ConsumerVch,
  subject: Subject,
  options: {recorded: readonly RecordedConsumer[]; signal: AbortSignal},
): Promise<void> {
  for (const {folder, record} of options.recorded) {
    if (recordIsAbout(record, {vcenter: vch.vcenter, vchId: vch.id})) continue
    const path = folder === '' ? subject.place.path : `${subject.place.path}/${folder}`
    const lists = await otherVchLists(vch, record, {place: {...subject.place, path}, signal: options.signal})
    if (lists === false) continue
    throw new VicnfsError('VN-OTHER-CONSUMER', `The VCH "${record.vchName}" uses this share as "${record.label}".`, {
      reason:
        lists === true
          ? 'It lists the share as a volume store.'
          : 'It cannot be asked from here whether it still does.',
      tries: [
        `vicnfs teardown ${subject.server.request.name} --consumer-host ${record.endpoint} --vch-id ${record.vchId}`,
      ],
    })
  }
}

async function readWho(adapters: Adapters, subject: Subject, work: Work): Promise<Consumers> {
  return work.step('consumers', 'Read on the share who uses it', async (step) => {
    if (subject.place.readable) {
      const consumers = await readConsumers(adapters, subject.place, step.signal)
      const names = consumers.recorded.map(({record}) => `${record.vchName} as "${record.label}"`)
      step.unchanged(names.length === 0 ? 'no VCH is recorded' : names.join(', '))
      return consumers
    }
    const {name} = subject.server.request
    if (await journalKnowsConsumer(adapters.journal, subject.place, [endpointKey(adapters.consumer.endpoint)])) {
      step.unchanged('the server is down; the journal names the consumer')
      return {recorded: [], unrecordedVolumes: 0}
    }
    throw new VicnfsError(
      'VN-SERVER-DOWN',
      `The server container of "${name}" is down, so nobody can tell which VCH would lose the share.`,
      {
        tries: [exposeCommand(subject.server.request), `vicnfs teardown ${name}`],
      },
    )
  })
}

async function unregisterFrom(
  adapters: Adapters,
  vch: ConsumerVch,
  subject: Subject,
  context: Context,
): Promise<string[]> {
  const {work} = context
  const {program} = vch.access
  const {stores} = await program.inspectConfig(vch.selector, {signal: work.signal})
  const listed = storesOn(stores, subject.place)
  const labels = listed.map((store) => store.label)
  if (labels.length > 0) {
    const options = {stores, labels, share: subject.server.request.name}
    await requireUnregistrable(adapters, vch, options)
    for (const label of labels) await refuseUsed(adapters, label, work.signal)
    await unregisterByRollback(adapters, vch, {...options, work})
  }
  // S4: only what inspect config shows now lets the server container go.
  const after = await program.inspectConfig(vch.selector, {signal: work.signal})
  if (storesOn(after.stores, subject.place).length > 0) {
    throw new VicnfsError('VN-NOT-REMOVABLE', `"${vch.name}" still lists this share, so its server container stays.`)
  }
  return labels
}

/** Every record on the share is of this VCH, or of one that was asked and lists the share no more. */
async function clearRecords(
  adapters: Adapters,
  subject: Subject,
  options: {readonly recorded: readonly RecordedConsumer[]; readonly work: Work},
): Promise<void> {
  const {recorded, work} = options
  if (!subject.place.readable || recorded.length === 0) return
  await work.step('record', 'Take the record off the share', (step) =>
    onShare(adapters, subject.place, {
      signal: step.signal,
      body: async (session) => {
        for (const {folder} of recorded) await removeRecord(session, folder)
      },
    }),
  )
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
  const consumers = await readWho(adapters, subject, work)
  const known = consumers.recorded.length > 0 || !subject.place.readable
  if (!known && consumers.unrecordedVolumes === 0 && !adapters.hasVicMachine) return []
  const body = async (vch: ConsumerVch): Promise<readonly string[]> => {
    await refuseOtherVch(vch, subject, {recorded: consumers.recorded, signal: work.signal})
    const labels = await unregisterFrom(adapters, vch, subject, context)
    if (labels.length === 0 && !known && consumers.unrecordedVolumes > 0) {
      throw new VicnfsError(
        'VN-UNRECORDED-VOLUMES',
        `The share holds ${consumers.unrecordedVolumes} volume(s) of a VCH that is not recorded on it.`,
        {
          reason: `"${vch.name}" does not list it, so another VCH may be using it.`,
        },
      )
    }
    await clearRecords(adapters, subject, {recorded: consumers.recorded, work})
    return labels
  }
  return withReadyConsumer(adapters, consents, {...context, body})
}
