import type {VolumeStore} from '../../model/volume-store.js'
import type {ShareAddress} from '../../nfs/preflight/report.js'
import {hostAddresses, isUnresolved} from './host-addresses.js'

/** Where stores are looked for. */
export interface StorePlace extends Pick<ShareAddress, 'host' | 'path'> {
  /** Where it should be and is not: a store there needs it all the same. */
  readonly otherHosts?: readonly string[]
}

/** How the path of a store lies to the path of a place. */
export type PathRelation = 'same' | 'below' | 'above' | 'apart'

const segments = (path: string): string[] => path.split('/').filter((part) => part !== '' && part !== '.')

export function pathRelation(storePath: string, placePath: string): PathRelation {
  const [store, place] = [segments(storePath), segments(placePath)]
  const shared = Math.min(store.length, place.length)
  if (store.slice(0, shared).some((part, index) => part !== place[index])) return 'apart'
  if (store.length === place.length) return 'same'
  return store.length > place.length ? 'below' : 'above'
}

/**
 * The NFS stores of a VCH whose path lies so to the place, on the same host. Hosts are compared by the addresses that
 * they stand for: a store named by host name, or by another spelling of the address, is the same store (S4).
 * A host that cannot be resolved may be this one, so it counts.
 * @throws the reason of the signal
 */
export async function storesAt(
  stores: readonly VolumeStore[],
  place: StorePlace,
  {relations, signal}: {readonly relations: readonly PathRelation[]; readonly signal: AbortSignal},
): Promise<VolumeStore[]> {
  const own = new Set(await hostAddresses([place.host, ...(place.otherHosts ?? [])], {signal}))
  const near = stores.filter(
    (store) => store.scheme === 'nfs' && relations.includes(pathRelation(store.path, place.path)),
  )
  const decided = await Promise.all(
    near.map(async (store) => {
      const addresses = await hostAddresses([store.host], {signal})
      return isUnresolved(addresses) || addresses.some((address) => own.has(address)) ? store : undefined
    }),
  )
  return decided.filter((store) => store !== undefined)
}
