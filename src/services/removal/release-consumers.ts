import type {Work} from '../../engine/work.js'
import {recordIsAbout} from '../../model/consumer-record.js'
import {VicnfsError} from '../../model/vicnfs-error.js'
import type {Adapters} from '../adapters.js'
import type {ConsumerVch} from '../registration/identify-consumer.js'
import {withReadyConsumer} from '../registration/ready-consumer.js'
import {onShare, otherVchLists, removeRecord} from '../registration/record.js'
import {storesAt} from '../registration/store-place.js'
import type {SettleConsents} from '../registration/settle.js'
import {exposeCommand} from '../share/expose-command.js'
import type {ServerContainer} from '../share/find-server.js'
import {readConsumers, type Consumers, type RecordedConsumer} from './find-consumers.js'
import {journalView, removalBegun, type JournalConsumer} from './journal-consumer.js'
import type {ServerPlace} from './server-place.js'
import {unregisterByRollback} from './unregister.js'

interface Subject {
  readonly server: ServerContainer
  readonly place: ServerPlace
}

interface Context {
  readonly work: Work
  readonly held: ReadonlySet<string>
  readonly consents: SettleConsents
}

async function refuseOtherVch(
  vch: ConsumerVch,
  subject: Subject,
  options: {recorded: readonly RecordedConsumer[]; signal: AbortSignal},
): Promise<void> {
  for (const {folder, record} of options.recorded) {
    if (recordIsAbout(record, {vcenter: vch.vcenter, vchId: vch.id, endpoint: vch.endpoint})) continue
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

/** With the records out of reach, the journal must know who uses the share (DESIGN § 4). @throws VN-SERVER-DOWN */
async function askJournal(adapters: Adapters, subject: Subject): Promise<Consumers & {readonly note: string}> {
  const {journal} = adapters
  const view = await journalView(journal, subject.place)
  if (view.mentioned || (await removalBegun(journal, subject.server))) {
    return {recorded: [], unrecordedVolumes: 0, note: 'the server is down; the journal knows its consumers'}
  }
  const {request} = subject.server
  throw new VicnfsError(
    'VN-SERVER-DOWN',
    `The server container of "${request.name}" is down, so nobody can tell which VCH would lose the share.`,
    {tries: [exposeCommand(request), `vicnfs teardown ${request.name}`]},
  )
}

async function readWho(adapters: Adapters, subject: Subject, work: Work): Promise<Consumers> {
  return work.step('consumers', 'Read on the share who uses it', async (step) => {
    if (!subject.place.readable) {
      const {note, ...consumers} = await askJournal(adapters, subject)
      step.unchanged(note)
      return consumers
    }
    const consumers = await readConsumers(adapters, subject.place, step.signal)
    const names = consumers.recorded.map(({record}) => `${record.vchName} as "${record.label}"`)
    step.unchanged(names.length === 0 ? 'no VCH is recorded' : names.join(', '))
    return consumers
  })
}

/** Refuses while the journal names another VCH than the one that can be asked here. @throws VN-OTHER-CONSUMER */
export function refuseOtherJournalled(vch: ConsumerVch, consumers: readonly JournalConsumer[], share: string): void {
  const other = consumers.find((consumer) => !consumer.keys.some((key) => vch.keys.includes(key)))
  if (other === undefined) return
  throw new VicnfsError(
    'VN-OTHER-CONSUMER',
    `The VCH "${other.name}" uses this share as "${other.labels.join(', ')}".`,
    {
      reason: 'The journal on this machine has its registration, and no un-registering since.',
      tries: [`vicnfs teardown ${share} --vch-id ${other.id}`],
    },
  )
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
  const listed = await storesAt(stores, subject.place, ['same', 'below'])
  const labels = listed.map((store) => store.label)
  if (labels.length > 0) {
    const share = subject.server.request.name
    await unregisterByRollback(adapters, vch, {stores, labels, share, work})
  }
  // S4: only what inspect config shows now lets the server container go.
  const after = await program.inspectConfig(vch.selector, {signal: work.signal})
  if ((await storesAt(after.stores, subject.place, ['same', 'below'])).length > 0) {
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
  const journalled = (await journalView(adapters.journal, subject.place)).consumers
  const known = consumers.recorded.length > 0 || journalled.length > 0 || !subject.place.readable
  if (!known && consumers.unrecordedVolumes === 0 && !adapters.hasVicMachine) return []
  const body = async (vch: ConsumerVch): Promise<readonly string[]> => {
    await refuseOtherVch(vch, subject, {recorded: consumers.recorded, signal: work.signal})
    refuseOtherJournalled(vch, journalled, subject.server.request.name)
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
