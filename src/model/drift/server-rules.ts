import {dockerCommand} from '../docker-command.js'
import {canonicalAddress} from '../ip-address.js'
import {shellQuote} from '../redaction.js'
import {serverName} from '../share.js'
import type {Finding, Severity} from '../status-report.js'
import {isParked, neededBy, type MountFacts, type ShareFacts, type StoreFacts} from './facts.js'
import {serverDifferences} from './server-differences.js'

/** Nobody reached the server at all: from another place of the network it may be well. */
const NOT_REACHED: ReadonlySet<string> = new Set([
  'VN-NFS-UNREACHABLE',
  'VN-NFS-TIMEOUT',
  'VN-NFS-NAME',
  'VN-NFS-CONNECTION',
])
/** The server answered, and does not let this machine in. */
const DENIED: ReadonlySet<string> = new Set([
  'VN-NFS-SECURE-EXPORT',
  'VN-NFS-AUTH-TOOWEAK',
  'VN-NFS-NOT-EXPORTED',
  'VN-NFS-MNT-ACCES',
  'VN-NFS-MNT-PERM',
])

/** `lost`: it answered wrongly or not at all; `not-reached` and `denied` say nothing about other clients. */
export type MountEnd = 'fine' | 'lost' | 'not-reached' | 'denied' | 'not-tried'

export function mountEnd({mountable, code = ''}: MountFacts): MountEnd {
  if (mountable === true) return 'fine'
  if (code === '') return mountable === null ? 'not-tried' : 'lost'
  if (NOT_REACHED.has(code)) return 'not-reached'
  return DENIED.has(code) ? 'denied' : 'lost'
}

const quoted = (names: readonly string[]): string => [...new Set(names)].map((name) => `"${name}"`).join(', ')

/** What a dead server means to the VCHs that have its stores. */
function consequence(facts: ShareFacts, needed: readonly StoreFacts[]): string {
  if (needed.length === 0) return facts.registrationKnown ? 'No VCH has it as a store.' : ''
  const labels = quoted(needed.map(({label}) => label))
  const has = (stores: readonly StoreFacts[]): string => quoted(stores.map(({vch}) => vch.name))
  const looping = needed.filter(({vch}) => vch.bootLoop)
  const off = looping.filter(({vch}) => vch.api === 'off')
  const down = looping.filter(({vch}) => vch.api === 'down')
  const up = looping.filter((store) => !off.includes(store) && !down.includes(store))
  const skipping = needed.filter(({vch}) => !vch.bootLoop)
  const back = `a server is back at ${facts.host}`
  const parts = [`It is the store ${labels} of ${has(needed)}.`]
  if (off.length > 0) parts.push(`${has(off)} is powered off, and does not boot until ${back}.`)
  if (down.length > 0) parts.push(`${has(down)} does not answer: it boots in circles until ${back}.`)
  if (up.length > 0) {
    parts.push(
      `Before the next boot of ${has(up)} a server must be back at ${facts.host}: without one it does not boot.`,
    )
  }
  if (skipping.length > 0) parts.push(`At its next boot ${has(skipping)} leaves the store out without a word.`)
  parts.push('Containers on it hang until then.')
  return parts.join(' ')
}

/** Before VIC 1.5.2 a dead store costs its containers only, not the whole VCH. */
function severityOf(needed: readonly StoreFacts[]): Severity {
  return needed.some(({vch}) => vch.bootLoop) ? 'danger' : 'drift'
}

const isDown = ({vch}: StoreFacts): boolean => vch.api === 'down' || vch.api === 'off'

/** The server container's VM begins with the name of its container. */
function vmName({name, container}: ShareFacts): string {
  if (container !== undefined) return ` "${container.name}"`
  return name === null ? ' of its server' : ` "${serverName(name)}"`
}

/** The way back: docker cannot start a container of a VCH that does not boot. */
function wayBack(facts: ShareFacts): {readonly hint: string; readonly tries: readonly string[]} {
  const stuck = facts.selfHosted && facts.stores.some((store) => store.ofConsumer && isDown(store))
  const look = facts.url === null ? [] : [shellQuote(['vicnfs', 'preflight', facts.url, '--read-only'])]
  if (!stuck) return {hint: '', tries: [...(facts.startCommand === undefined ? [] : [facts.startCommand]), ...look]}
  const hint =
    facts.container === undefined && facts.state !== 'unknown'
      ? ' Any NFS server at this address and path ends the boot loop.'
      : ` Power the container VM${vmName(facts)} on in vSphere; if it is gone, any NFS server at this address and path ends the boot loop.`
  return {hint, tries: look}
}

function deadServer(facts: ShareFacts, word: 'server-gone' | 'server-down', what: string): Finding {
  const needed = neededBy(facts)
  const {exchangedBy} = facts
  // While a run is at it, another command would only wait for it.
  const {hint, tries} =
    exchangedBy === undefined
      ? wayBack(facts)
      : {hint: ` It is being exchanged by ${exchangedBy}: let it end.`, tries: []}
  const text = [what, consequence(facts, needed)].filter((part) => part !== '').join(' ') + hint
  return {word, severity: severityOf(needed), text, tries: tries.slice(0, 2)}
}

function foreignServer(facts: ShareFacts, container: string): Finding {
  const needed = neededBy(facts)
  const text = `The container "${container}" is on the volume "${facts.title}" without labels of vicnfs: somebody made it by hand, and vicnfs cannot take care of it. ${consequence(facts, needed)}`
  const tries = [dockerCommand(facts.serverEndpoint, ['inspect', container])]
  return {word: 'recreated-by-hand', severity: severityOf(needed), text: text.trim(), tries}
}

/** A server that is not there, or does not run. */
export function serverPresence(facts: ShareFacts): Finding[] {
  const {state, title, container, foreign} = facts
  if (state === 'gone') {
    if (foreign !== undefined) return [foreignServer(facts, foreign)]
    return [deadServer(facts, 'server-gone', `The server container of "${title}" is gone.`)]
  }
  if (state === 'exited' || state === 'created') {
    const how = state === 'created' ? 'was never started' : `ended with exit code ${container?.exitCode ?? 0}`
    const who = isParked(facts)
      ? `"${title}" is parked, and the empty server that stands in for it`
      : `The server container of "${title}"`
    return [deadServer(facts, 'server-down', `${who} ${how}.`)]
  }
  return []
}

/** A server that should serve, and the look at it from here. */
export function serverMount(facts: ShareFacts): Finding[] {
  const {mount, title, url, state} = facts
  const end = mountEnd(mount)
  if (['gone', 'exited', 'created'].includes(state) || end === 'fine' || end === 'not-tried') return []
  const needed = neededBy(facts)
  const why = mount.finding === undefined ? '' : ` (${mount.finding.replace(/\.$/, '')})`
  const look = url === null ? [] : [shellQuote(['vicnfs', 'preflight', url, '--read-only'])]
  if (end === 'denied') {
    const text = `The server of "${title}" does not let this machine mount it${why}, so how it is inside is not known from here.`
    return [
      {word: 'denied-here', severity: facts.labels === undefined ? 'drift' : deniedSeverity(facts), text, tries: look},
    ]
  }
  if (end === 'not-reached') {
    const text = `"${title}" cannot be reached from this machine${why}. ${consequence(facts, needed)}`
    const fromVch = url === null ? [] : [shellQuote(['vicnfs', 'preflight', url, '--from', 'vch'])]
    // A VCH that is down for want of it says that it is really dead.
    const isDead = needed.some((store) => store.vch.bootLoop && isDown(store))
    return [
      {word: 'unreachable', severity: isDead ? 'danger' : 'drift', text: text.trim(), tries: [...look, ...fromVch]},
    ]
  }
  const {hint} = wayBack(facts)
  const logs =
    facts.container === undefined ? [] : [dockerCommand(facts.serverEndpoint, ['logs', facts.container.name])]
  const text = `"${title}" cannot be mounted${why}. ${consequence(facts, needed)}`.trim() + hint
  return [{word: 'not-mountable', severity: severityOf(needed), text, tries: [...look, ...logs].slice(0, 2)}]
}

/** Where the share lets in only some clients by its own settings, being refused is no drift. */
function deniedSeverity({labels}: ShareFacts): Severity {
  const request = labels?.request
  const selective =
    request !== undefined && (request.allow.length > 0 || request.securePorts || request.exportOptions !== null)
  return selective ? 'note' : 'drift'
}

/** A server container that is not what it was made as. */
export function serverIdentity(facts: ShareFacts): Finding[] {
  const {labels, container, title, serverEndpoint} = facts
  if (labels === undefined || container === undefined || isParked(facts)) return []
  const found: Finding[] = []
  const inspect = dockerCommand(serverEndpoint, ['inspect', container.name])
  const {image} = labels.request
  if (container.image !== image) {
    const text = `The server of "${title}" runs the image ${container.image}; it was asked for ${image}.`
    found.push({word: 'image-changed', severity: 'drift', text, tries: [inspect]})
  }
  const differences = serverDifferences(labels, container)
  if (differences.length > 0) {
    const shown = differences.map(({field, is, wanted}) => `${field} is ${is}, not ${wanted}`).join('; ')
    const text = `The server container of "${title}" is not what its labels say: ${shown}. Somebody made it anew by hand.`
    found.push({word: 'recreated-by-hand', severity: 'drift', text, tries: [inspect]})
  }
  return found
}

/** An address that is not the one asked for, or not the one that a store has. */
export function serverAddress(facts: ShareFacts): Finding[] {
  const {labels, container, title} = facts
  const now = container?.address ?? ''
  if (labels === undefined || now === '') return []
  const stores = neededBy(facts).filter(({addresses}) => addresses?.includes(canonicalAddress(now)) === false)
  const asked = labels.choice.external ? labels.choice.address : null
  if (stores.length === 0 && (asked === null || asked === now)) return []
  const from = stores[0]?.host ?? asked ?? ''
  const needed = stores.length === 0 ? '' : ` ${consequence({...facts, host: from}, stores)}`
  const text = `The server of "${title}" is at ${now} now, not at ${from}.${needed}`
  const again = facts.startCommand === undefined || asked === null ? [] : [`${facts.startCommand} --recreate`]
  const tries = [...again, dockerCommand(facts.serverEndpoint, ['inspect', container?.name ?? ''])]
  return [{word: 'address-changed', severity: severityOf(stores), text, tries}]
}

/** The server VCH does not have the volume any more; while a server runs on it that cannot be. */
export function volumeGone({volumeGone: isGone, title, serverEndpoint}: ShareFacts): Finding[] {
  if (isGone !== true) return []
  const text = `The volume "${title}" is not there any more: its data is gone, and the share cannot be served again from it.`
  return [{word: 'volume-gone', severity: 'drift', text, tries: [dockerCommand(serverEndpoint, ['volume', 'ls'])]}]
}

export function parked(facts: ShareFacts): Finding[] {
  if (facts.state !== 'parked') return []
  const {title, host, startCommand} = facts
  const text = `"${title}" is parked: an empty server stands in at ${host}, so that the VCH goes on booting; the volume is free, and nothing can be written.`
  return [{word: 'parked', severity: 'note', text, tries: startCommand === undefined ? [] : [startCommand]}]
}
