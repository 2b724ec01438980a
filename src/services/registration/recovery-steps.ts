import {shellQuote} from '../../model/redaction.js'
import {serverName, shareUrl} from '../../model/share.js'
import {storeUrl, type VolumeStore} from '../../model/volume-store.js'
import type {ConsumerVch} from './identify-consumer.js'
import type {RegisterConsents, RegisterWish} from './register-wish.js'

/** Commands out of a half-done registration; kept in the journal, since a later run was not told what this one was. */
export interface WayOut {
  /** How the NFS server is started again, as a sentence. */
  readonly start: string
  /** The registration once more, with the consents that it was given. */
  readonly again: string
  /** Takes the share down instead; only for a share of ours. */
  readonly teardown?: string
}

const UNKNOWN_START = 'Start its NFS server again.'

/** The consents to a registration that were given, as flags. */
export function consentFlags({
  allowSelfHosted,
  addressReserved,
  adoptStore,
}: Pick<RegisterConsents, 'allowSelfHosted' | 'addressReserved' | 'adoptStore'>): string[] {
  return [
    ...(allowSelfHosted ? ['--allow-self-hosted'] : []),
    ...(addressReserved ? ['--address-reserved'] : []),
    ...(adoptStore ? ['--adopt-store'] : []),
  ]
}

/** The registration as a command, with the consents that it was given. */
export function registerCommand(
  wish: RegisterWish,
  options: {readonly consents: RegisterConsents; readonly flags: readonly string[]},
): string {
  const {share, label, place, directory} = wish
  const {consents, flags} = options
  return shellQuote([
    'vicnfs',
    'register-store',
    label,
    ...(share === undefined ? ['--url', shareUrl(directory?.root ?? place)] : ['--share', share]),
    ...(directory === undefined ? [] : ['--directory', directory.name]),
    ...consentFlags(consents),
    ...flags,
  ])
}

/** How a registration was asked for, as far as the way out has to say it again. */
export interface AskedFor {
  readonly consents: RegisterConsents
  /** The server container runs on the consumer VCH, which cannot start it while it is down. */
  readonly selfHosted: boolean
  /** The image of the container that looked at the share, where this machine has no route. */
  readonly fromVch?: {readonly image: string} | undefined
  /** The command that asked for all of them at once, such as a runbook's. */
  readonly command?: readonly string[] | undefined
}

export function wayOutOf(wish: RegisterWish, asked: AskedFor): WayOut {
  const {share, startCommand} = wish
  const {consents, selfHosted, fromVch} = asked
  const from = fromVch === undefined ? [] : ['--from', 'vch', '--image', fromVch.image]
  const flags = ['--reset-progress', '--yes']
  const again =
    asked.command === undefined
      ? registerCommand(wish, {consents, flags: [...from, ...flags]})
      : shellQuote([...asked.command, ...flags])
  if (share === undefined) return {start: UNKNOWN_START, again}
  const teardown = shellQuote(['vicnfs', 'teardown', share, '--reset-progress'])
  if (selfHosted) return {start: `Power the container VM "${serverName(share)}" on in vSphere.`, again, teardown}
  return {start: startCommand === undefined ? UNKNOWN_START : `Run: ${startCommand}`, again, teardown}
}

/** The same for a store of which nothing but its configuration is known. */
export function wayOutByUrl(store: VolumeStore): WayOut {
  const url = store.argument.slice(0, store.argument.lastIndexOf(':'))
  return {
    start: UNKNOWN_START,
    again: shellQuote(['vicnfs', 'register-store', store.label, '--url', url, '--reset-progress', '--yes']),
  }
}

/** A store that a change was about, and the way out that goes with it. */
export interface Stranded {
  readonly store: VolumeStore
  readonly wayOut: WayOut
}

/** Each command once, in its order. */
function againLines(stranded: readonly Stranded[], first: string, indent = ''): string[] {
  const commands = [...new Set(stranded.map(({wayOut}) => wayOut.again))]
  return commands.map((command, index) => `${indent}${index === 0 ? first : 'Then run'}: ${command}`)
}

/** What to do about stores that are configured and not online, on a VCH that runs. */
function onlineSteps(vch: ConsumerVch, stranded: readonly Stranded[]): string[] {
  return [
    ...stranded.map(({store, wayOut}) => `Make ${storeUrl(store)} mountable again. ${wayOut.start}`),
    `In vSphere, restart the endpoint VM ${vch.id} of "${vch.name}": VIC takes up a store at boot only.`,
    ...againLines(stranded.slice(0, 1), 'Then run'),
  ]
}

/** Out of a boot loop, either way (DESIGN § 4, "Rollback has two uses"). */
function loopSteps(vch: ConsumerVch, stranded: readonly Stranded[]): string[] {
  const urls = stranded.map(({store}) => storeUrl(store)).join(' and ')
  const starts = [...new Set(stranded.map(({wayOut}) => wayOut.start))].join(' ')
  const teardowns = stranded.flatMap(({wayOut}) => wayOut.teardown ?? [])
  return [
    `Either (a): any NFS server that answers at ${urls} ends the boot loop. ${starts}`,
    // The first of the commands settles the change as a whole.
    ...againLines(stranded.slice(0, 1), 'Then run', '   '),
    `Or (b), back to the stores as they were: in vSphere, revert the endpoint VM ${vch.id} to its newest snapshot "reconfigure for …" and power it on.`,
    ...againLines(stranded, 'Then register again, with the share mountable. Run', '   '),
    ...[...new Set(teardowns)].map((teardown) => `   Or take the share down instead. Run: ${teardown}`),
  ]
}

/** How the VCH was left, as far as it can be seen. */
export interface LeftState {
  readonly running: boolean
  /** The endpoint VM is off, or vic-machine may have left it so. */
  readonly power: 'on' | 'off' | 'unknown'
  /** `inspect config` shows the stores of before: there is nothing to bring online. */
  readonly asBefore?: boolean
}

/** The ways out of a half-done change that this release of VIC really has. */
export function recoverySteps(vch: ConsumerVch, stranded: readonly Stranded[], left: LeftState): string[] {
  const vm = `the endpoint VM ${vch.id} of "${vch.name}"`
  const powerOn =
    left.power === 'off'
      ? [`In vSphere, power ${vm} on: it is off.`]
      : left.power === 'unknown'
        ? [`In vSphere, power ${vm} on if it is off.`]
        : []
  // Before VIC 1.4.0 vic-machine reverts the stores and leaves the VCH off; killed in time, it has not changed them yet.
  if (left.asBefore === true && left.power === 'off') return [...powerOn, ...againLines(stranded, 'Once it runs, run')]
  if (left.running || !vch.traits.bootLoop) return [...powerOn, ...onlineSteps(vch, stranded)]
  return [...powerOn, ...loopSteps(vch, stranded)]
}
