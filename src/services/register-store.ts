import type {Adapters, ServiceOptions} from './adapters.js'
import {registerStores, type RegisterStoresOptions, type StoreWish} from './register-stores.js'
import {singleResult, type RegisterResult} from './registration/single-result.js'
import type {Proof} from './verification/prove-store.js'

export interface RegisterStoreOptions extends StoreWish, Omit<RegisterStoresOptions, 'stores'> {}

export interface RegisterStoreResult extends RegisterResult {
  readonly proof?: Proof
}

/** Registers a share, or any NFS URL, as a volume store of the consumer VCH. */
export async function registerStore(
  options: RegisterStoreOptions,
  adapters: Adapters,
  serviceOptions: ServiceOptions,
): Promise<RegisterStoreResult> {
  const {label, from, directory, ...rest} = options
  const store = {label, from, ...(directory === undefined ? {} : {directory})}
  const {proofs, ...result} = await registerStores({...rest, stores: [store]}, adapters, serviceOptions)
  const [proof] = proofs
  return {...singleResult(result), ...(proof === undefined ? {} : {proof})}
}
