import {shellQuote} from '../../model/redaction.js'
import {serverName} from '../../model/share.js'
import {storeUrl, type VolumeStore} from '../../model/volume-store.js'
import type {ConsumerVch} from './identify-consumer.js'
import type {RegisterWish} from './register-share.js'

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

/** URL of a store without its label, or of the share above it when it is a directory of that share. */
function rootUrl(store: VolumeStore, directory: string | undefined): string {
  const url = store.argument.slice(0, store.argument.lastIndexOf(':'))
  if (directory === undefined) return url
  const [place = '', ...query] = url.split('?')
  const root = place.endsWith(`/${directory}`) ? place.slice(0, -directory.length - 1) : place
  return [root, ...query].join('?')
}

/** @param options.selfHosted the server container runs on the consumer VCH, which cannot start it while it is down */
export function wayOutOf(wish: RegisterWish, store: VolumeStore, options: {readonly selfHosted: boolean}): WayOut {
  const {share, startCommand, consents, label} = wish
  const directory = wish.directory?.name
  const flags = [
    ...(consents.allowSelfHosted ? ['--allow-self-hosted'] : []),
    ...(consents.addressReserved ? ['--address-reserved'] : []),
    ...(consents.adoptStore ? ['--adopt-store'] : []),
    '--reset-progress',
    '--yes',
  ]
  const again = shellQuote([
    'vicnfs',
    'register-store',
    label,
    ...(share === undefined ? ['--url', rootUrl(store, directory)] : ['--share', share]),
    ...(directory === undefined ? [] : ['--directory', directory]),
    ...flags,
  ])
  if (share === undefined) return {start: UNKNOWN_START, again}
  const teardown = shellQuote(['vicnfs', 'teardown', share, '--reset-progress'])
  if (options.selfHosted)
    return {start: `Power the container VM "${serverName(share)}" on in vSphere.`, again, teardown}
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

/** What to do about a store that is configured and not online, on a VCH that runs. */
function onlineSteps(vch: ConsumerVch, store: VolumeStore, wayOut: WayOut): string[] {
  return [
    `Make ${storeUrl(store)} mountable again. ${wayOut.start}`,
    `In vSphere, restart the endpoint VM ${vch.id} of "${vch.name}": VIC takes up a store at boot only.`,
    `Then run: ${wayOut.again}`,
  ]
}

/**
 * The ways out of a half-done change that this release of VIC really has (DESIGN § 4, "Rollback has two uses").
 * @param options.mayBeOff vic-machine may have left the endpoint VM powered off
 */
export function recoverySteps(
  vch: ConsumerVch,
  subject: {readonly store: VolumeStore; readonly wayOut: WayOut},
  options: {readonly running: boolean; readonly mayBeOff: boolean},
): string[] {
  const {store, wayOut} = subject
  const powerOn = `In vSphere, power the endpoint VM ${vch.id} of "${vch.name}" on if it is off.`
  const first = options.mayBeOff ? [powerOn] : []
  if (options.running || !vch.traits.bootLoop) return [...first, ...onlineSteps(vch, store, wayOut)]
  return [
    ...first,
    `Either (a): any NFS server that answers at ${storeUrl(store)} ends the boot loop. ${wayOut.start}`,
    `   Then run: ${wayOut.again}`,
    `Or (b), back to the stores as they were: in vSphere, revert the endpoint VM ${vch.id} to its newest snapshot "reconfigure for …" and power it on.`,
    `   Then register again, with the share mountable. Run: ${wayOut.again}`,
    ...(wayOut.teardown === undefined ? [] : [`   Or take the share down instead. Run: ${wayOut.teardown}`]),
  ]
}
