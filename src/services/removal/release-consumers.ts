import type {Work} from '../../engine/work.js'
import {dockerCommand} from '../../model/docker-command.js'
import {VicnfsError} from '../../model/vicnfs-error.js'
import type {Adapters} from '../adapters.js'
import type {ConsumerVch} from '../registration/identify-consumer.js'
import {withReadyConsumer} from '../registration/ready-consumer.js'
import {onShare, removeRecord} from '../registration/record.js'
import {storesAt} from '../registration/store-place.js'
import type {SettleConsents} from '../registration/settle.js'
import {exposeCommand} from '../share/expose-command.js'
import {readConsumers, refuseUsed, type Consumers, type RecordedConsumer} from './find-consumers.js'
import {journalView, removalBegun, type JournalConsumer} from './journal-consumer.js'
import {refuseOtherVch, type Subject} from './refuse-other-vch.js'
import {requireUnregistrable, unregisterByRollback} from './unregister.js'

interface Context {
  readonly work: Work
  readonly held: ReadonlySet<string>
  readonly consents: SettleConsents
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
    const options = {stores, labels, share: subject.server.request.name}
    await requireUnregistrable(adapters, vch, options)
    for (const label of labels) await refuseUsed(adapters, label, work.signal)
    await unregisterByRollback(adapters, vch, {...options, work})
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

/** Nobody here can find out whose volumes these are; whoever knows needs no help of ours. */
function unrecorded(
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
  const consumers = await readWho(adapters, subject, work)
  const journalled = (await journalView(adapters.journal, subject.place)).consumers
  const known = consumers.recorded.length > 0 || journalled.length > 0 || !subject.place.readable
  if (!known && consumers.unrecordedVolumes === 0 && !adapters.hasVicMachine) return []
  const body = async (vch: ConsumerVch): Promise<readonly string[]> => {
    await refuseOtherVch(adapters, vch, {subject, recorded: consumers.recorded, signal: work.signal})
    refuseOtherJournalled(vch, journalled, subject.server.request.name)
    const labels = await unregisterFrom(adapters, vch, subject, context)
    if (labels.length === 0 && !known && consumers.unrecordedVolumes > 0) {
      throw unrecorded(adapters, vch, {subject, volumes: consumers.unrecordedVolumes})
    }
    await clearRecords(adapters, subject, {recorded: consumers.recorded, work})
    return labels
  }
  return withReadyConsumer(adapters, consents, {...context, body})
}
