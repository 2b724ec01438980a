import {posix} from 'node:path'
import {RECORD_FILE, recordIsAbout, type ConsumerRecord, type RecordedConsumer} from '../../model/consumer-record.js'
import {dockerCommand} from '../../model/docker-command.js'
import {shellQuote} from '../../model/redaction.js'
import {VicnfsError} from '../../model/vicnfs-error.js'
import type {Adapters} from '../adapters.js'
import type {ConsumerVch} from '../registration/identify-consumer.js'
import {otherVchUse, whyGoneIsNoProof} from '../registration/other-vch.js'
import type {ParkedContainer, ServerContainer} from '../share/find-server.js'
import type {ServerPlace} from './server-place.js'

/** The share that is to be taken down. */
export interface Subject {
  readonly server: ServerContainer | ParkedContainer
  readonly place: ServerPlace
}

/** A VCH that vic-machine does not find: whoever has seen in vSphere that it is gone can take its record away. */
function goneConsumer(
  adapters: Adapters,
  subject: Subject,
  options: {readonly record: ConsumerRecord; readonly path: string},
): VicnfsError {
  const {record, path} = options
  const {container, request} = subject.server
  const file = posix.join(path, RECORD_FILE)
  const message = `This share is recorded as the store "${record.label}" of the VCH "${record.vchName}".`
  const isParked = 'records' in subject.server
  return new VicnfsError('VN-OTHER-CONSUMER', message, {
    reason:
      `${whyGoneIsNoProof(record)} Without the share it would not boot. ` +
      `Only when vSphere shows that it is gone for good, ${isParked ? 'serve the volume again, and then ' : ''}take its record off the share.`,
    tries: [
      isParked
        ? shellQuote(['vicnfs', 'expose-volume', request.name])
        : dockerCommand(adapters.server.endpoint, ['exec', container.name, 'rm', file]),
      shellQuote(['vicnfs', 'teardown', request.name]),
    ],
    details: {vch: record.vchName, vchId: record.vchId, vcenter: record.vcenter, label: record.label},
  })
}

/** Refuses while a record names another VCH that may need the share. @throws VN-OTHER-CONSUMER */
export async function refuseOtherVch(
  adapters: Adapters,
  vch: ConsumerVch,
  options: {readonly subject: Subject; readonly recorded: readonly RecordedConsumer[]; readonly signal: AbortSignal},
): Promise<void> {
  const {subject, recorded, signal} = options
  for (const {folder, record} of recorded) {
    if (recordIsAbout(record, {vcenter: vch.vcenter, vchId: vch.id, endpoint: vch.endpoint})) continue
    const path = folder === '' ? subject.place.path : `${subject.place.path}/${folder}`
    const use = await otherVchUse(vch, record, {place: {...subject.place, path}, signal})
    if (use === 'none') continue
    if (use === 'gone') throw goneConsumer(adapters, subject, {record, path})
    throw new VicnfsError('VN-OTHER-CONSUMER', `The VCH "${record.vchName}" uses this share as "${record.label}".`, {
      reason:
        use === 'lists'
          ? 'It lists the share as a volume store.'
          : 'It cannot be asked from here whether it still does.',
      tries: [
        shellQuote([
          'vicnfs',
          'teardown',
          subject.server.request.name,
          ...['--consumer-host', record.endpoint, '--vch-id', record.vchId],
        ]),
      ],
    })
  }
}
