import {runWork, type Work} from '../engine/work.js'
import {VicnfsError} from '../model/vicnfs-error.js'
import {nfsStore} from '../model/volume-store.js'
import type {Adapters, ServiceOptions} from './adapters.js'
import {placeOfUrl} from './preflight-url.js'
import {admitShare, findShare} from './registration/find-share.js'
import {identifyConsumer, type ConsumerVch} from './registration/identify-consumer.js'
import {withReadyConsumer} from './registration/ready-consumer.js'
import {admitDirectory, placeInDirectory} from './registration/share-directory.js'
import {registerShare, type RegisterConsents, type RegisterResult} from './registration/register-share.js'
import {openChanges} from './registration/settle.js'
import {proveStore, type Proof} from './verification/prove-store.js'
import {endpointKey, withVchLock} from './vch-lock.js'

export interface RegisterStoreOptions {
  readonly label: string
  readonly from: {readonly share: string} | {readonly url: string}
  readonly consents: RegisterConsents
  readonly dryRun: boolean
  /** A directory of the share for this consumer VCH alone. */
  readonly directory?: string
  /** Proves the store with two containers of this image afterwards. */
  readonly verifyImage?: string
}

export interface RegisterStoreResult extends RegisterResult {
  readonly proof?: Proof
}

/**
 * Looks at what a registration would do. Nothing of an earlier run is settled, since that may change the VCH.
 * @throws VN-VCH-DOWN, VN-PLAN-REFUSED, and the refusals of the safety rules
 */
async function planOnly(adapters: Adapters, options: RegisterStoreOptions, work: Work): Promise<RegisterStoreResult> {
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

async function registerOn(
  adapters: Adapters,
  vch: ConsumerVch,
  options: RegisterStoreOptions & {readonly work: Work},
): Promise<RegisterStoreResult> {
  const {label, from, consents, dryRun, directory: name, verifyImage, work} = options
  const found = await findShare(adapters, from, {work})
  await admitShare(adapters, vch, {found, label, consents, work})
  const root = found.place
  const place = name === undefined ? root : placeInDirectory(root, name)
  if (name !== undefined && !dryRun) await admitDirectory(adapters, root, {name, work})
  const directory = name === undefined ? {} : {directory: {name, root}}
  const proofImage = verifyImage === undefined ? {} : {proofImage: verifyImage}
  const wish = {label, ...found, place, ...directory, ...proofImage, consents, dryRun}
  const result = await registerShare(adapters, vch, {wish, work})
  if (verifyImage === undefined || dryRun) return result
  const proof = {label, image: verifyImage, requireNonRoot: false, place}
  return {...result, proof: await proveStore(adapters, proof, {work})}
}

/** Registers a share, or any NFS URL, as a volume store of the consumer VCH. */
export async function registerStore(
  options: RegisterStoreOptions,
  adapters: Adapters,
  serviceOptions: ServiceOptions,
): Promise<RegisterStoreResult> {
  const {label, from, consents, dryRun} = options
  // What cannot become a store is refused before any VCH is asked; a share's place is not known yet and does not matter.
  nfsStore({label, host: '192.0.2.1', path: '/exports', uid: 0, gid: 0})
  if ('url' in from) nfsStore({label, ...placeOfUrl(from.url, label)})
  return runWork(async (work) => {
    const keys = [endpointKey(adapters.server.endpoint), endpointKey(adapters.consumer.endpoint)]
    const register = (vch: ConsumerVch): Promise<RegisterStoreResult> => registerOn(adapters, vch, {...options, work})
    const body = (held: ReadonlySet<string>): Promise<RegisterStoreResult> =>
      dryRun ? planOnly(adapters, options, work) : withReadyConsumer(adapters, consents, {work, held, body: register})
    return withVchLock(adapters, keys, {work, body})
  }, serviceOptions)
}
