import {posix} from 'node:path'
import {RECORD_FILE} from '../consumer-record.js'
import {dockerCommand} from '../docker-command.js'
import {shellQuote} from '../redaction.js'
import {serverName, usualLabel} from '../share.js'
import type {Finding} from '../status-report.js'
import {isParked, neededBy, registered, type ShareFacts, type StoreFacts} from './facts.js'

/** Serving, and no VCH has it. */
export function notRegistered(facts: ShareFacts): Finding[] {
  const {state, registrationKnown, title, name} = facts
  const serves = state === 'running' || state === 'starting'
  if (!serves || !registrationKnown || facts.stores.some((store) => registered(store) !== false)) return []
  const text = `"${title}" is served, and no VCH that was asked, or that is recorded on it, has it as a store.`
  const tries = name === null ? [] : [shellQuote(['vicnfs', 'register-store', usualLabel(name), '--share', name])]
  return [{word: 'not-registered', severity: 'drift', text, tries}]
}

function offline(facts: ShareFacts, store: StoreFacts): Finding[] {
  const {label, vch, online, listed} = store
  if (online !== false || registered(store) !== true || vch.api !== 'running') return []
  const boot = vch.bootLoop ? '' : ' since its last boot'
  const known = listed === true ? 'has' : 'is recorded to have'
  const text = `"${vch.name}" ${known} the store "${label}", but does not use it${boot}: no volume on it can be made or mounted. A restart of the VCH brings it online when the share can be mounted by then.`
  const look = facts.url === null ? [] : [shellQuote(['vicnfs', 'preflight', facts.url, '--read-only'])]
  return [{word: 'store-offline', severity: 'drift', text, tries: look}]
}

function place({folder}: StoreFacts, title: string): string {
  return folder === '' ? `"${title}"` : `the folder "${folder}" of "${title}"`
}

/** The command that shows a record, where a server container of ours has it. */
function showRecord({labels, container, serverEndpoint}: ShareFacts, {folder}: StoreFacts): string[] {
  if (labels === undefined || container === undefined) return []
  const file = posix.join(labels.request.exportFolder, folder, RECORD_FILE)
  return [dockerCommand(serverEndpoint, ['exec', container.name, 'cat', file])]
}

function record(facts: ShareFacts, store: StoreFacts): Finding[] {
  const {label, vch, record: found, listed, recordedFor, ofConsumer} = store
  const {title} = facts
  if (!ofConsumer || isParked(facts)) return []
  if (found === 'other' && listed === true) {
    const text = `"${vch.name}" has ${place(store, title)} as the store "${label}", while the record on it names the VCH "${recordedFor ?? '?'}": two VCHs on one export delete each other's volumes.`
    return [{word: 'record-other-vch', severity: 'danger', text, tries: showRecord(facts, store)}]
  }
  // Only vicnfs writes records, and a server that it does not run may have been registered without it.
  if ((found === 'missing' || found === 'unreadable') && listed === true && facts.state !== 'external') {
    const how = found === 'missing' ? 'is missing' : 'cannot be understood'
    const text = `The record on ${place(store, title)} ${how}, although "${vch.name}" has it as the store "${label}": another machine cannot know who uses it.`
    const again =
      facts.name === null
        ? []
        : [
            shellQuote([
              'vicnfs',
              'register-store',
              label,
              '--share',
              facts.name,
              ...(store.folder === '' ? [] : ['--directory', store.folder]),
            ]),
          ]
    return [{word: 'record-missing', severity: 'drift', text, tries: again}]
  }
  if (found === 'own' && listed === false) {
    const text = `The record on ${place(store, title)} says that "${vch.name}" has it as the store "${label}", which it has not.`
    const tries = facts.name === null ? [] : [shellQuote(['vicnfs', 'teardown', facts.name])]
    return [{word: 'record-stale', severity: 'drift', text, tries}]
  }
  return []
}

/** What each store on the share is like. */
export function storeTrouble(facts: ShareFacts): Finding[] {
  return facts.stores.flatMap((store) => [...offline(facts, store), ...record(facts, store)])
}

/** A share that its own VCH needs to boot: consented to, and still worth knowing. */
export function selfHosted(facts: ShareFacts): Finding[] {
  const own = neededBy(facts).filter(({ofConsumer, vch}) => ofConsumer && vch.bootLoop)
  const [store] = own
  // While it does not serve there is worse to be said.
  const serves = ['running', 'starting', 'parked'].includes(facts.state)
  if (!facts.selfHosted || !serves || store === undefined) return []
  const vm = facts.container?.name ?? serverName(facts.name ?? facts.title)
  const text = `"${facts.title}" is served by the very VCH that mounts it: while the container VM "${vm}" is off, "${store.vch.name}" does not boot, and only vSphere can power it on.`
  return [{word: 'self-hosted', severity: 'note', text, tries: []}]
}
