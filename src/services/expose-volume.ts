import {runWork, type Work} from '../engine/work.js'
import {checkShareRequest} from '../model/check-share-request.js'
import {shellQuote} from '../model/redaction.js'
import {refuseUnregistrable} from '../model/safety.js'
import type {ShareRequest} from '../model/share.js'
import {nfsStore} from '../model/volume-store.js'
import type {Adapters, ServiceOptions} from './adapters.js'
import {admitShare} from './registration/find-share.js'
import type {ConsumerVch} from './registration/identify-consumer.js'
import {withReadyConsumer} from './registration/ready-consumer.js'
import {registerShare, type RegisterConsents, type RegisterResult} from './registration/register-share.js'
import type {VolumeWish} from './share/ensure-volume.js'
import type {ShareDraft} from './share/draft-share.js'
import {exposeCommand} from './share/expose-command.js'
import {exposeShare, type ExposedShare, type Share} from './share/expose-share.js'
import {proveStore, type Proof} from './verification/prove-store.js'
import {isProven} from './verification/proof-journal.js'
import {endpointKey, withVchLock} from './vch-lock.js'

export interface ExposeOptions {
  readonly request: ShareRequest
  readonly volume: VolumeWish
  /** Goes on through registration and proof. */
  readonly register?: {readonly label: string; readonly consents: RegisterConsents}
}

export interface ExposeResult extends ExposedShare {
  /** The command to go on with; absent when it was done already. */
  readonly next?: string
  readonly registration?: RegisterResult
  readonly proof?: Proof
  /** Nothing had to be changed at all. */
  readonly unchanged: boolean
}

function nextCommand(share: Share): string {
  const label = `${share.name.replaceAll(/[^A-Za-z0-9_-]/g, '-')}-store`
  return shellQuote(['vicnfs', 'register-store', label, '--share', share.name])
}

function isUnchanged(exposed: ExposedShare): boolean {
  return exposed.outcome === 'unchanged' && exposed.volume !== 'created'
}

/** Applies the safety rules before anything is made, so that a refusal leaves nothing behind. */
function refuseEarly(
  adapters: Adapters,
  vch: ConsumerVch,
  options: {draft: ShareDraft; label: string; consents: RegisterConsents},
): void {
  const {draft, label, consents} = options
  const facts = {
    selfHosted: adapters.selfHosted,
    bootLoop: vch.traits.bootLoop,
    ownAddress: draft.choice.external,
    addressAskedFor: draft.choice.address !== null,
    share: draft.request.name,
    volume: draft.request.name,
    label,
  }
  refuseUnregistrable(facts, consents)
}

async function exposeAndRegister(
  adapters: Adapters,
  options: ExposeOptions & {readonly register: NonNullable<ExposeOptions['register']>},
  context: {readonly work: Work; readonly held: ReadonlySet<string>},
): Promise<ExposeResult> {
  const {work} = context
  const {label, consents} = options.register
  const body = async (vch: ConsumerVch): Promise<ExposeResult> => {
    const admit = (draft: ShareDraft): void => {
      refuseEarly(adapters, vch, {draft, label, consents})
    }
    const exposed = await exposeShare(adapters, options, {work, admit})
    const found = {place: exposed.share.place, share: exposed.share.name, startCommand: exposeCommand(options.request)}
    await admitShare(adapters, vch, {found, label, consents, work})
    const registration = await registerShare(adapters, vch, {wish: {label, ...found, consents}, work})
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

/** Makes a volume mountable over NFS, and with `register` a proven volume store of the consumer VCH. */
export async function exposeVolume(
  options: ExposeOptions,
  adapters: Adapters,
  serviceOptions: ServiceOptions,
): Promise<ExposeResult> {
  const {register, request} = options
  checkShareRequest(request)
  if (register !== undefined) {
    // A store that VIC would refuse stops the work before any VCH is asked; the host is not known yet.
    const {exportFolder: path, uid, gid} = request
    nfsStore({label: register.label, host: '192.0.2.1', path, uid, gid})
  }
  return runWork((work) => {
    const apis = register === undefined ? [adapters.server] : [adapters.server, adapters.consumer]
    const keys = apis.map((api) => endpointKey(api.endpoint))
    const body = async (held: ReadonlySet<string>): Promise<ExposeResult> => {
      if (register !== undefined) return exposeAndRegister(adapters, {...options, register}, {work, held})
      const exposed = await exposeShare(adapters, options, {work})
      return {...exposed, next: nextCommand(exposed.share), unchanged: isUnchanged(exposed)}
    }
    return withVchLock(adapters, keys, {work, body})
  }, serviceOptions)
}
