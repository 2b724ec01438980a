import {runWork} from '../engine/work.js'
import {nfsStore} from '../model/volume-store.js'
import type {Adapters, ServiceOptions} from './adapters.js'
import {placeOfUrl} from './preflight-url.js'
import {admitShare, findShare} from './registration/find-share.js'
import {withReadyConsumer} from './registration/ready-consumer.js'
import {inDirectory} from './registration/share-directory.js'
import {registerShare, type RegisterConsents, type RegisterResult} from './registration/register-share.js'
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

/** Registers a share, or any NFS URL, as a volume store of the consumer VCH. */
export async function registerStore(
  options: RegisterStoreOptions,
  adapters: Adapters,
  serviceOptions: ServiceOptions,
): Promise<RegisterStoreResult> {
  const {label, from, consents, dryRun, directory, verifyImage} = options
  // What cannot become a store is refused before any VCH is asked; a share's place is not known yet and does not matter.
  const place = 'url' in from ? placeOfUrl(from.url) : {host: '192.0.2.1', path: '/exports', uid: 0, gid: 0}
  nfsStore({label, ...place})
  return runWork(async (work) => {
    const keys = [endpointKey(adapters.server.endpoint), endpointKey(adapters.consumer.endpoint)]
    const body = (held: ReadonlySet<string>): Promise<RegisterStoreResult> =>
      withReadyConsumer(adapters, consents, {
        work,
        held,
        body: async (vch) => {
          const found = await findShare(adapters, from, {work})
          await admitShare(adapters, vch, {found, label, consents, work})
          const narrowed =
            directory === undefined ? found : await inDirectory(adapters, found, {name: directory, look: dryRun, work})
          const wish = {label, ...narrowed, isDirectory: directory !== undefined, consents, dryRun}
          const result = await registerShare(adapters, vch, {wish, work})
          if (verifyImage === undefined || dryRun) return result
          const proof = {label, image: verifyImage, requireNonRoot: false, place: narrowed.place}
          return {...result, proof: await proveStore(adapters, proof, {work})}
        },
      })
    return withVchLock(adapters, keys, {work, body})
  }, serviceOptions)
}
