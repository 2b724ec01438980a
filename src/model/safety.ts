import {shellQuote} from './redaction.js'
import {refuseRing, type RingFacts} from './serving-ring.js'
import {VicnfsError} from './vicnfs-error.js'

/** What has to be known about a share before it may become a store of a VCH (DESIGN § 4). */
export interface RegistrableFacts extends RingFacts {
  /** The server container runs in the consumer VCH itself. */
  readonly selfHosted: boolean
  /** The consumer VCH does not boot while a store is unreachable (VIC ≥ 1.5.2). */
  readonly bootLoop: boolean
  /** The share is reached at an address of the server container's own, on a container network. */
  readonly ownAddress: boolean
  /** The address was asked for explicitly, so it stays. */
  readonly addressAskedFor: boolean
  /** Its volume, when vicnfs serves it. */
  readonly volume?: string
  readonly label: string
  /** The command that serves it from another VCH; undefined where that takes more than one. */
  readonly elsewhere?: string
  /** The share is named by a host name, on a release whose containers cannot mount that; with the same URL by address. */
  readonly hostName?: {readonly host: string; readonly urlByAddress?: string}
}

export interface RegistrableConsents {
  readonly allowSelfHosted: boolean
  readonly addressReserved: boolean
}

const SELF_HOSTED_RECOVERY = [
  'If this VCH ever does not boot: power the server container\'s VM on in vSphere (its name begins with "vicnfs-"); the VCH then boots by itself.',
]

function refuseMapped(facts: RegistrableFacts): void {
  if (!facts.selfHosted || facts.ownAddress) return
  const {volume} = facts
  throw new VicnfsError(
    'VN-PORT-MAPPED',
    `"${facts.share}" is on a bridge network of the VCH that is to use it, which can never work.`,
    {
      reason: 'The endpoint VM cannot reach its own port mappings, and they come back only after the stores.',
      tries:
        volume === undefined
          ? []
          : [shellQuote(['vicnfs', 'teardown', volume]), shellQuote(['vicnfs', 'expose-volume', volume])],
    },
  )
}

function refuseSelfHosted(facts: RegistrableFacts, consents: RegistrableConsents): void {
  if (!facts.selfHosted || !facts.bootLoop || consents.allowSelfHosted) return
  const {again, elsewhere} = facts
  throw new VicnfsError('VN-SELF-HOSTED', `"${facts.share}" would be served by the very VCH that uses it.`, {
    reason:
      'From VIC 1.5.2 on a VCH boots only while every store is reachable; with the server container off, it would never come up, and nobody could start the server through it.',
    tries: [...(elsewhere === undefined ? [] : [elsewhere]), `${again} --allow-self-hosted`],
    recovery: SELF_HOSTED_RECOVERY,
  })
}

function refuseUndecidable(facts: RegistrableFacts, consents: RegistrableConsents): void {
  if (facts.addressAskedFor || consents.addressReserved) return
  throw new VicnfsError('VN-ADDRESS-UNDECIDABLE', `It cannot be decided whether "${facts.share}" keeps its address.`, {
    reason:
      'The network hands addresses out by itself (DHCP, or no gateway), and the URL of a store is for good. On a container network with a gateway one can be asked for with --ip.',
    tries: [`${facts.again} --address-reserved`],
  })
}

function refuseHostName({hostName, label}: RegistrableFacts): void {
  if (hostName === undefined) return
  const {host, urlByAddress} = hostName
  throw new VicnfsError('VN-HOST-NAME', `The containers of this VCH could not mount a share of "${host}".`, {
    reason:
      urlByAddress === undefined
        ? 'Before VIC 1.5.0 only an address works in the URL of a store, and the name has none here.'
        : 'Before VIC 1.5.0 only an address works in the URL of a store, and the URL is for good.',
    tries: urlByAddress === undefined ? [] : [shellQuote(['vicnfs', 'register-store', label, '--url', urlByAddress])],
  })
}

/**
 * Decides whether a share may become a store at all; asked before anything is made, and again before configure.
 * @throws VN-HOST-NAME, VN-PORT-MAPPED, VN-SELF-HOSTED, VN-SERVE-EACH-OTHER, VN-ADDRESS-UNDECIDABLE
 */
export function refuseUnregistrable(facts: RegistrableFacts, consents: RegistrableConsents): void {
  refuseHostName(facts)
  refuseMapped(facts)
  refuseSelfHosted(facts, consents)
  refuseRing(facts, consents)
  refuseUndecidable(facts, consents)
}

/** What would delete data: the operator's word for it, and scratch space, whose data goes with its server container. */
export interface DeleteWish {
  readonly name: string
  readonly scratch: boolean
  readonly deleteVolume: boolean
  readonly confirm?: string
  /** The command with that word in it; a teardown when absent. */
  readonly tries?: readonly string[]
}

/** S1: data is deleted only when it is named for it, by both flags. @throws VN-DELETE-UNCONFIRMED */
export function refuseUnconfirmedDelete(wish: DeleteWish): void {
  const {name, scratch, deleteVolume, confirm} = wish
  if (!deleteVolume && !scratch) return
  if (deleteVolume && confirm === name) return
  const given = confirm === undefined ? 'Nothing was confirmed' : `--confirm says "${confirm}"`
  throw new VicnfsError(
    'VN-DELETE-UNCONFIRMED',
    `The data of "${name}" is deleted only when it is confirmed by that name.`,
    {
      reason: deleteVolume
        ? `${given}.`
        : 'The data of scratch space goes with its server container, and --delete-volume was not given.',
      tries: wish.tries ?? [shellQuote(['vicnfs', 'teardown', wish.name, '--delete-volume', '--confirm', wish.name])],
    },
  )
}

/** What the journal and the VCH say about un-registering by rollback (DESIGN § 4, "Rollback has two uses"). */
export interface UnregisterFacts {
  readonly rollback: boolean
  readonly version: string
  /** Our last change of this VCH; undefined when the journal knows none. */
  readonly lastChange:
    | {
        readonly action: string
        readonly completed: boolean
        readonly retryAfterTimeout: boolean
        readonly storesBefore: readonly string[]
        readonly storesAfter: readonly string[]
        readonly addedLabels: readonly string[]
      }
    | undefined
  readonly storesNow: readonly string[]
  /** Labels that are to go. */
  readonly labels: readonly string[]
}

const same = (a: readonly string[], b: readonly string[]): boolean =>
  JSON.stringify([...a].sort()) === JSON.stringify([...b].sort())

/** Why a store cannot be un-registered by rollback; undefined when it can. */
export function whyNotUnregistrable(facts: UnregisterFacts): string | undefined {
  const {lastChange} = facts
  if (!facts.rollback) return `VIC ${facts.version} has no working rollback (it came with 1.5.3).`
  if (lastChange === undefined)
    return 'The journal on this machine knows no configure of this VCH, so nobody knows what a rollback would undo.'
  if (lastChange.action !== 'configure')
    return 'The last change of this VCH was no registration: its snapshot is used up.'
  if (!lastChange.completed) return 'The last configure of this VCH did not complete.'
  if (lastChange.retryAfterTimeout)
    return 'The last configure came after one that timed out, so its snapshot may hold the store already.'
  if (!same(lastChange.addedLabels, facts.labels)) {
    return `The last configure added ${lastChange.addedLabels.join(', ')}; a rollback would not take away just ${facts.labels.join(', ')}.`
  }
  if (lastChange.storesBefore.some((store) => facts.labels.some((label) => store.endsWith(`:${label}`)))) {
    return 'The stores from before the last configure have that label, too, so a rollback would not take it away.'
  }
  if (!same(lastChange.storesAfter, facts.storesNow))
    return 'Somebody has configured this VCH since: a rollback would undo that instead.'
  return undefined
}
