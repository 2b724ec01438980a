import {runWork, type Work} from '../engine/work.js'
import {checkShareRequest} from '../model/check-share-request.js'
import {shellQuote} from '../model/redaction.js'
import {refuseUnregistrable} from '../model/safety.js'
import type {ShareRequest} from '../model/share.js'
import {isVicnfsError} from '../model/vicnfs-error.js'
import {nfsStore, type VolumeStore} from '../model/volume-store.js'
import type {Adapters, ServiceOptions} from './adapters.js'
import {exchangeFirst} from './exchange/exchange-first.js'
import type {RecreateConsents} from './exchange/recreate-rules.js'
import {admitShare, elsewhere} from './registration/find-share.js'
import type {ConsumerVch} from './registration/identify-consumer.js'
import {nextRegistration} from './registration/next-registration.js'
import {askConsent, planRegistration, type PlannedStores} from './registration/plan-registration.js'
import {withReadyConsumer} from './registration/ready-consumer.js'
import {refuseDeadStores} from './registration/restated-stores.js'
import {registerShares} from './registration/register-share.js'
import type {RegisterConsents} from './registration/register-wish.js'
import type {SettleConsents} from './registration/settle.js'
import {consentFlags} from './registration/recovery-steps.js'
import {ringLook, type RingLook} from './registration/serving-ring.js'
import {singleResult, type RegisterResult} from './registration/single-result.js'
import type {VolumeWish} from './share/ensure-volume.js'
import type {ShareDraft} from './share/draft-share.js'
import {exposeCommand} from './share/expose-command.js'
import {addressOf} from './share/find-server.js'
import {exposeShare, type ExposedShare} from './share/expose-share.js'
import {seeingFromVch} from './share-check/nfs-from-vch.js'
import {orFromVch} from './share-check/or-from-vch.js'
import {proveStore, type Proof} from './verification/prove-store.js'
import {isProven} from './verification/proof-journal.js'
import {endpointKey, withVchLock} from './vch-lock.js'

export interface ExposeOptions {
  readonly request: ShareRequest
  readonly volume: VolumeWish
  /** Goes on through registration and proof. */
  readonly register?: {readonly label: string; readonly consents: RegisterConsents}
  /** Consent to exchange a server container that is there already for a new one. */
  readonly recreate?: RecreateConsents
  /** A share that this machine cannot reach is looked at by a container of this image on the consumer VCH (S3). */
  readonly fromVch?: {readonly image: string} | undefined
}

export interface ExposeResult extends Omit<ExposedShare, 'outcome'> {
  readonly outcome: ExposedShare['outcome'] | 'unparked' | 'recreated'

  /** The command to go on with; absent when it was done already. */
  readonly next?: string
  readonly registration?: RegisterResult
  readonly proof?: Proof
  /** Nothing had to be changed at all. */
  readonly unchanged: boolean
}

/** The flags that look at a share from the VCH once more. */
const fromFlags = ({fromVch}: Pick<ExposeOptions, 'fromVch'>): string[] =>
  fromVch === undefined ? [] : ['--from', 'vch']

function isUnchanged(exposed: ExposedShare): boolean {
  return exposed.outcome === 'unchanged' && exposed.volume !== 'created'
}

type Register = NonNullable<ExposeOptions['register']>

/**
 * Applies the safety rules and the plan, and asks for consent, before anything is made: a refusal leaves nothing behind,
 * not even a volume.
 */
async function agreeEarly(
  adapters: Adapters,
  vch: ConsumerVch,
  options: {
    readonly draft: ShareDraft
    readonly register: Register
    readonly fromVch: ExposeOptions['fromVch']
    readonly ring: RingLook
    readonly again: string
    readonly work: Work
  },
): Promise<PlannedStores> {
  const {draft, register, fromVch, work} = options
  const ring = await options.ring()
  const {label, consents} = register
  const {request, choice, server} = draft
  const facts = {
    selfHosted: adapters.selfHosted,
    ...(ring === undefined ? {} : {ring}),
    bootLoop: vch.traits.bootLoop,
    ownAddress: choice.external,
    addressAskedFor: choice.address !== null,
    share: request.name,
    volume: request.name,
    label,
    again: options.again,
    elsewhere: elsewhere(options.again, vch),
  }
  refuseUnregistrable(facts, consents)
  const host = choice.address ?? (server === undefined ? '' : addressOf(server))
  const place = {host, path: request.exportFolder, uid: request.uid, gid: request.gid}
  const planned = await planRegistration(vch, [{label, place}], {work})
  if (planned.plan.added.length > 0) {
    await refuseDeadStores(adapters, vch, {stores: planned.existing, work, fromVch})
    await askConsent(adapters, vch, planned)
  }
  return planned
}

/** The command that asks for all of this once more, with the consents that it was given. */
function exposeAgain({request, volume, register, fromVch}: ExposeOptions): string {
  const flags = [
    ...(volume.create && !request.scratch ? ['--create'] : []),
    ...(volume.capacityMb === undefined ? [] : ['--capacity', `${volume.capacityMb}MB`]),
    ...(volume.store === undefined ? [] : ['--volume-store', volume.store]),
    ...(register === undefined ? [] : ['--register', register.label, ...consentFlags(register.consents)]),
    ...fromFlags({fromVch}),
  ]
  return [exposeCommand(request), ...(flags.length === 0 ? [] : [shellQuote(flags)])].join(' ')
}

/** @throws as `exposeShare` does; where this machine may be what is wrong, with the command that looks from the VCH */
async function expose(
  adapters: Adapters,
  options: ExposeOptions,
  context: Parameters<typeof exposeShare>[2],
): Promise<ExposedShare> {
  const {fromVch} = options
  try {
    return await exposeShare(adapters, options, context)
  } catch (error) {
    throw fromVch === undefined ? orFromVch(error, `${exposeAgain(options)} --from vch`) : error
  }
}

async function exposeAndRegister(
  adapters: Adapters,
  options: ExposeOptions & {readonly register: Register},
  context: {readonly work: Work; readonly held: ReadonlySet<string>},
): Promise<ExposeResult> {
  const {work} = context
  const {register, fromVch} = options
  const {label, consents} = register
  const body = async (vch: ConsumerVch): Promise<ExposeResult> => {
    const ring = ringLook(adapters, vch, work)
    const again = exposeAgain(options)
    let agreed: PlannedStores | undefined
    const admit = async (draft: ShareDraft): Promise<readonly VolumeStore[]> => {
      agreed = await agreeEarly(adapters, vch, {draft, register, fromVch, ring, again, work})
      return agreed.existing
    }
    const exposed = await expose(adapters, options, {work, admit})
    const startCommand = [exposeCommand(options.request), ...fromFlags(options)].join(' ')
    const found = {place: exposed.share.place, share: exposed.share.name, startCommand}
    await admitShare(adapters, vch, {found, label, consents, again, work, ring})
    const wanted = {wishes: [{label, ...found}], consents, proofImage: exposed.share.image, fromVch}
    const registration = singleResult(await registerShares(adapters, vch, {registration: wanted, work, agreed}))
    // A run that was killed before its proof ended left the store registered, but not proven.
    const proven = await isProven(adapters.journal, {label, keys: vch.keys})
    const unchanged = isUnchanged(exposed) && registration.outcome === 'unchanged' && proven
    if (unchanged) return {...exposed, registration, unchanged}
    const wish = {label, image: exposed.share.image, requireNonRoot: false, place: exposed.share.place}
    const proof = await proveStore(adapters, wish, {work})
    return {...exposed, registration, proof, unchanged}
  }
  return withReadyConsumer(adapters, consents, {...context, body})
}

async function exposeAsAsked(
  adapters: Adapters,
  options: ExposeOptions,
  context: {readonly work: Work; readonly held: ReadonlySet<string>},
): Promise<ExposeResult> {
  const {register} = options
  if (register !== undefined) return exposeAndRegister(adapters, {...options, register}, context)
  const exposed = await expose(adapters, options, context)
  const look = {lookFlags: fromFlags(options), signal: context.work.signal}
  const next = await nextRegistration(adapters, exposed.share, look)
  return {...exposed, ...(next !== undefined && {next}), unchanged: isUnchanged(exposed)}
}

/**
 * A VCH that serves its own shares does not answer while vic-machine of an earlier run restarts it: that is waited for
 * before anything is asked of its Docker API.
 */
async function awaitOwnVch(
  adapters: Adapters,
  consents: SettleConsents,
  context: {readonly work: Work; readonly held: ReadonlySet<string>},
): Promise<void> {
  try {
    await adapters.server.info({signal: context.work.signal})
  } catch (error) {
    if (!isVicnfsError(error) || error.code !== 'VN-VCH-UNREACHABLE') throw error
    await withReadyConsumer(adapters, consents, {...context, body: () => Promise.resolve()})
  }
}

/** Makes a volume mountable over NFS, and with `register` a proven volume store of the consumer VCH. */
export async function exposeVolume(
  options: ExposeOptions,
  adapters: Adapters,
  serviceOptions: ServiceOptions,
): Promise<ExposeResult> {
  const {register, request, fromVch} = options
  checkShareRequest(request)
  if (register !== undefined) {
    // A store that VIC would refuse stops the work before any VCH is asked; the host is not known yet.
    const {exportFolder: path, uid, gid} = request
    nfsStore({label: register.label, host: '192.0.2.1', path, uid, gid})
  }
  return runWork((work) => {
    const asksConsumer = register !== undefined || fromVch !== undefined
    const apis = asksConsumer ? [adapters.server, adapters.consumer] : [adapters.server]
    const keys = apis.map((api) => endpointKey(api.endpoint))
    const seeing = seeingFromVch(adapters, fromVch, work)
    const body = async (held: ReadonlySet<string>): Promise<ExposeResult> => {
      const consents = register?.consents ?? {resetProgress: false, noRollback: false}
      if (register !== undefined && adapters.selfHosted) await awaitOwnVch(adapters, consents, {work, held})
      const done = await exchangeFirst(seeing, {...options, consents}, {work, held})
      const result = await exposeAsAsked(seeing, options, {work, held})
      if (done === undefined) return result
      // A parked share is a store already.
      const {next, ...rest} = result
      const more = done === 'unparked' || next === undefined ? {} : {next}
      return {...rest, ...more, outcome: done, unchanged: false}
    }
    return withVchLock(adapters, keys, {work, body})
  }, serviceOptions)
}
