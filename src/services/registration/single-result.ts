import type {RegisteredStore, RegisteredStores} from './register-share.js'

/** What became of the one store of a registration. */
export interface RegisterResult extends RegisteredStore {
  readonly vch: string
  readonly plan: readonly string[]
  /** The exact command, redacted; only for a dry run. */
  readonly command?: string
}

export function singleResult({stores, ...rest}: RegisteredStores): RegisterResult {
  const [store] = stores
  if (store === undefined) throw new TypeError('a registration without a store')
  return {...store, ...rest}
}
