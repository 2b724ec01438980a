import type {Work} from '../../engine/work.js'
import {shellQuote} from '../../model/redaction.js'
import {VicnfsError} from '../../model/vicnfs-error.js'
import type {RecordedConsumer} from '../../model/consumer-record.js'
import type {Adapters} from '../adapters.js'
import type {ConsumerVch} from '../registration/identify-consumer.js'
import {exposeCommand} from '../share/expose-command.js'
import type {ParkedContainer} from '../share/find-server.js'
import {readConsumers, type Consumers} from './find-consumers.js'
import {journalView, removalBegun, type JournalConsumer} from './journal-consumer.js'
import {refuseOtherVch, type Subject} from './refuse-other-vch.js'

/** Who uses a share, by its records and by the journal. */
export interface ShareUsers extends Consumers {
  readonly journalled: readonly JournalConsumer[]
}

/** With the records out of reach, the journal must know who uses the share (DESIGN § 4). @throws VN-SERVER-DOWN */
async function askJournal(
  adapters: Adapters,
  subject: Subject,
  options: {readonly signal: AbortSignal},
): Promise<Consumers & {readonly note: string}> {
  const {journal} = adapters
  const view = await journalView(journal, subject.place, options)
  if (view.mentioned || (await removalBegun(journal, subject.server))) {
    return {recorded: [], unrecordedVolumes: 0, note: 'the server is down; the journal knows its consumers'}
  }
  const {request} = subject.server
  throw new VicnfsError(
    'VN-SERVER-DOWN',
    `The server container of "${request.name}" is down, so nobody can tell which VCH would lose the share.`,
    {tries: [exposeCommand(request), shellQuote(['vicnfs', 'teardown', request.name])]},
  )
}

function namesOf(recorded: readonly RecordedConsumer[]): string {
  const names = recorded.map(({record}) => `${record.vchName} as "${record.label}"`)
  return names.length === 0 ? 'no VCH is recorded' : names.join(', ')
}

/** The records are on the volume, so a parked server carries them as a label. @throws VN-OTHER-CONSUMER */
export function recordsOfParked({request, records}: ParkedContainer): readonly RecordedConsumer[] {
  if (records !== undefined) return records
  throw new VicnfsError(
    'VN-OTHER-CONSUMER',
    `The records of the parked share "${request.name}" cannot be understood.`,
    {
      reason: 'They may have been written by a newer vicnfs, for a VCH that needs a server there to boot.',
    },
  )
}

/** Whether it is known that some VCH has used the share, or cannot be known. */
export function isKnownUse(users: ShareUsers, subject: Subject): boolean {
  return users.recorded.length > 0 || users.journalled.length > 0 || !subject.place.readable
}

/** Reads who uses a share, as it is now. @throws VN-SERVER-DOWN, VN-OTHER-CONSUMER, VN-NFS-SHARE-… */
export async function readUsers(
  adapters: Adapters,
  subject: Subject,
  options: {readonly work: Work; readonly title: string},
): Promise<ShareUsers> {
  return options.work.step('consumers', options.title, async (step) => {
    const {consumers: journalled} = await journalView(adapters.journal, subject.place, step)
    if ('records' in subject.server) {
      const recorded = recordsOfParked(subject.server)
      step.unchanged(`parked for ${namesOf(recorded)}`)
      return {recorded, unrecordedVolumes: 0, journalled}
    }
    if (!subject.place.readable) {
      const {note, ...consumers} = await askJournal(adapters, subject, step)
      step.unchanged(note)
      return {...consumers, journalled}
    }
    const consumers = await readConsumers(adapters, subject.place, step.signal)
    step.unchanged(namesOf(consumers.recorded))
    return {...consumers, journalled}
  })
}

function hostOf({keys}: JournalConsumer): string[] {
  const endpoint = keys.find((key) => key.startsWith('endpoint:'))?.slice('endpoint:'.length)
  return endpoint === undefined ? [] : ['--consumer-host', endpoint]
}

/** Refuses while the journal names another VCH than the one that can be asked here. @throws VN-OTHER-CONSUMER */
export function refuseOtherJournalled(vch: ConsumerVch, consumers: readonly JournalConsumer[], share: string): void {
  const other = consumers.find((consumer) => !consumer.keys.some((key) => vch.keys.includes(key)))
  if (other === undefined) return
  throw new VicnfsError(
    'VN-OTHER-CONSUMER',
    `The VCH "${other.name}" uses this share as "${other.labels.join(', ')}".`,
    {
      reason:
        'The journal on this machine has its registration, and no un-registering since. ' +
        'Only when vSphere shows that it is gone for good, stop and remove the server container by hand.',
      tries: [shellQuote(['vicnfs', 'teardown', share, ...hostOf(other), '--vch-id', other.id])],
    },
  )
}

/** Refuses while another VCH uses the share, or may use it. @throws VN-OTHER-CONSUMER */
export async function refuseOthers(
  adapters: Adapters,
  vch: ConsumerVch,
  options: {readonly subject: Subject; readonly users: ShareUsers; readonly signal: AbortSignal},
): Promise<void> {
  const {subject, users, signal} = options
  const {recorded, journalled} = users
  await refuseOtherVch(adapters, vch, {subject, recorded, signal})
  refuseOtherJournalled(vch, journalled, subject.server.request.name)
}
