import {runWork, type Work} from '../engine/work.js'
import {VicnfsError} from '../model/vicnfs-error.js'
import {nfsStore} from '../model/volume-store.js'
import type {Adapters, ServiceOptions} from './adapters.js'
import {placeOfUrl} from './preflight-url.js'
import {admitShare, findShare} from './registration/find-share.js'
import {identifyConsumer, type ConsumerVch} from './registration/identify-consumer.js'
import {withReadyConsumer} from './registration/ready-consumer.js'
import {admitDirectory, placeInDirectory, refuseRootBesideDirectory} from './registration/share-directory.js'
import {registerShares, type RegisteredStores} from './registration/register-share.js'
import type {RegisterConsents, RegisterWish} from './registration/register-wish.js'
import {ringLook, type RingLook} from './registration/serving-ring.js'
import {openChanges} from './registration/settle.js'
import {seeingFromVch} from './share-check/nfs-from-vch.js'
import {proveStore, type Proof} from './verification/prove-store.js'
import {endpointKey, withVchLock} from './vch-lock.js'

/** One store that is wanted on the consumer VCH. */
export interface StoreWish {
  readonly label: string
  readonly from: {readonly share: string} | {readonly url: string}
  /** A directory of the share for this consumer VCH alone. */
  readonly directory?: string
}

export interface RegisterStoresOptions {
  readonly stores: readonly StoreWish[]
  readonly consents: RegisterConsents
  readonly dryRun: boolean
  /** Shares that this machine cannot reach are looked at by a container of this image on the consumer VCH (S3). */
  readonly fromVch?: {readonly image: string} | undefined
  /** Proves each store with two containers of this image afterwards. */
  readonly verifyImage?: string
}

export interface RegisterStoresResult extends RegisteredStores {
  readonly proofs: readonly Proof[]
}

/**
 * Looks at what a registration would do. Nothing of an earlier run is settled, since that may change the VCH.
 * @throws VN-VCH-DOWN, VN-PLAN-REFUSED, and the refusals of the safety rules
 */
async function planOnly(adapters: Adapters, options: RegisterStoresOptions, work: Work): Promise<RegisterStoresResult> {
  const vch = await identifyConsumer(adapters, {work})
  if (vch.presence !== 'up') {
    throw new VicnfsError('VN-VCH-DOWN', `The VCH "${vch.name}" does not answer at ${vch.endpoint}.`, {
      reason: 'A dry run only looks; the command without --dry-run settles what an earlier run has begun.',
    })
  }
  const open = await openChanges(adapters.journal, vch.keys)
  if (open.length > 0) {
    const actions = open.map((entry) => entry.action).join(', ')
    work.note(
      'warning',
      `An earlier run began a change that is not settled (${actions}): the real run does that first.`,
    )
  }
  return registerOn(adapters, vch, {...options, work})
}

type Registering = RegisterStoresOptions & {readonly work: Work}

/** Finds a share and applies the rules to it; nothing is made. */
async function wishOf(
  adapters: Adapters,
  vch: ConsumerVch,
  options: Registering & {readonly store: StoreWish; readonly ring: RingLook},
): Promise<RegisterWish> {
  const {store, consents, dryRun, work, ring} = options
  const {label, from, directory: name} = store
  const found = await findShare(adapters, from, {work})
  const above = await admitShare(adapters, vch, {
    found,
    label,
    ...(name === undefined ? {} : {directory: name}),
    consents,
    work,
    ring,
  })
  if (name === undefined) {
    // A directory of a share of ours that is named by its URL is one all the same: root or directories, never both.
    const within = above === undefined ? '' : found.place.path.slice(above.path.length + 1)
    if (above !== undefined && !dryRun) await admitDirectory(adapters, above, {name: within, work})
    return {label, ...found}
  }
  const root = found.place
  const place = placeInDirectory(root, name)
  if (!dryRun) await admitDirectory(adapters, root, {name, work})
  return {label, ...found, place, directory: {name, root}}
}

async function registerOn(adapters: Adapters, vch: ConsumerVch, options: Registering): Promise<RegisterStoresResult> {
  const {stores, consents, dryRun, verifyImage, fromVch, work} = options
  const ring = ringLook(adapters, vch, work)
  const wishes: RegisterWish[] = []
  for (const store of stores) wishes.push(await wishOf(adapters, vch, {...options, store, ring}))
  await refuseRootBesideDirectory(wishes, work)
  const proofImage = verifyImage === undefined ? {} : {proofImage: verifyImage}
  const registration = {wishes, consents, dryRun, fromVch, ...proofImage}
  const result = await registerShares(adapters, vch, {registration, work})
  const proofs: Proof[] = []
  if (verifyImage !== undefined && !dryRun) {
    for (const {label, place} of wishes) {
      const proof = {label, image: verifyImage, requireNonRoot: false, place}
      proofs.push(await proveStore(adapters, proof, {work}))
    }
  }
  return {...result, proofs}
}

/** What cannot become a store is refused before any VCH is asked; a share's place is not known yet and does not matter. */
function checkWishes(stores: readonly StoreWish[]): void {
  for (const {label, from} of stores) {
    nfsStore({label, host: '192.0.2.1', path: '/exports', uid: 0, gid: 0})
    if ('url' in from) nfsStore({label, ...placeOfUrl(from.url, label)})
  }
}

/**
 * Registers shares, or any NFS URLs, as volume stores of the consumer VCH: one configure, one power-cycle, however many
 * they are.
 */
export async function registerStores(
  options: RegisterStoresOptions,
  adapters: Adapters,
  serviceOptions: ServiceOptions,
): Promise<RegisterStoresResult> {
  const {stores, consents, dryRun, fromVch} = options
  checkWishes(stores)
  return runWork(async (work) => {
    const keys = [endpointKey(adapters.server.endpoint), endpointKey(adapters.consumer.endpoint)]
    // A dry run starts no container.
    const seeing = seeingFromVch(adapters, dryRun ? undefined : fromVch, work)
    const register = (vch: ConsumerVch): Promise<RegisterStoresResult> => registerOn(seeing, vch, {...options, work})
    const body = (held: ReadonlySet<string>): Promise<RegisterStoresResult> =>
      dryRun ? planOnly(adapters, options, work) : withReadyConsumer(seeing, consents, {work, held, body: register})
    return withVchLock(adapters, keys, {work, body})
  }, serviceOptions)
}
