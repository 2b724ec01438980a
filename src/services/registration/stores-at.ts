import {isIP} from 'node:net'
import type {VolumeStore} from '../../model/volume-store.js'
import {hostAddresses} from './host-addresses.js'

/** `/a//b/./c/` as `/a/b/c`; the root as the empty text. */
function cleaned(path: string): string {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.')
  return parts.map((part) => `/${part}`).join('')
}

function liesAt(path: string, wanted: {readonly path: string; readonly below: boolean}): boolean {
  const [own, root] = [cleaned(path), cleaned(wanted.path)]
  return own === root || (wanted.below && own.startsWith(`${root}/`))
}

/**
 * The NFS stores at a place, under whatever host name they were registered. A name that does not resolve here counts
 * when the path fits: nobody can tell, and a store that is missed loses its server (S4).
 * @param options.below stores in folders below the place count, too
 */
export async function storesAt(
  stores: readonly VolumeStore[],
  place: {readonly host: string; readonly path: string},
  options: {readonly below: boolean},
): Promise<VolumeStore[]> {
  const fitting = stores.filter(
    (store) => store.scheme === 'nfs' && liesAt(store.path, {path: place.path, below: options.below}),
  )
  if (fitting.length === 0) return []
  const addresses = await hostAddresses([place.host])
  const flags = await Promise.all(
    fitting.map(async (store) => {
      const own = await hostAddresses([store.host])
      const isUnknown = own.every((text) => isIP(text) === 0)
      return isUnknown || own.some((text) => addresses.includes(text))
    }),
  )
  return fitting.filter((_, index) => flags[index])
}
