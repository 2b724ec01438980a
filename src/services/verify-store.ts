import {runWork} from '../engine/work.js'
import type {Adapters, ServiceOptions} from './adapters.js'
import {endpointKey, withVchLock} from './vch-lock.js'
import {proveStore, type Proof, type ProofWish} from './verification/prove-store.js'

/** Proves with two containers of the consumer VCH that what one writes the other reads. @throws VN-VERIFY-… */
export async function verifyStore(wish: ProofWish, adapters: Adapters, serviceOptions: ServiceOptions): Promise<Proof> {
  return runWork(
    (work) =>
      withVchLock(adapters, [endpointKey(adapters.consumer.endpoint)], {
        work,
        body: () => proveStore(adapters, wish, {work}),
      }),
    serviceOptions,
  )
}
