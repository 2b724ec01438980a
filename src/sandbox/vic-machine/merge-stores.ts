import type {VolumeStore} from '../../model/volume-store.js'
import {escapeGoPath} from './go-url.js'
import type {GivenStore} from './store-argument.js'

/** Why a list of stores cannot follow the present one; `line` is what the global logger says of it. */
export class StoreRefusal extends Error {
  constructor(
    message: string,
    readonly line: string,
  ) {
    super(message)
  }
}

/**
 * The stores after a configure (facts/vic-machine.md § 2.2): existing ones must all be named with the same place,
 * and stay as they are (a changed query is ignored); new ones are added. No store named: unchanged.
 * @throws StoreRefusal
 */
export function mergeStores(
  existing: readonly VolumeStore[],
  given: ReadonlyMap<string, GivenStore>,
): readonly VolumeStore[] {
  if (given.size === 0) return existing
  for (const store of existing) {
    const restated = given.get(store.label)
    if (!restated) {
      throw new StoreRefusal(
        'all existing volume stores must also be specified',
        `Existing volume store ${store.label} not specified in configure command`,
      )
    }
    if (placeOf(restated) !== placeOf(store)) {
      throw new StoreRefusal(
        'changes to existing volume stores are not supported',
        `Found changes to existing volume store ${store.label}`,
      )
    }
  }
  const labels = new Set(existing.map((store) => store.label))
  return [...existing, ...[...given.values()].filter(({label}) => !labels.has(label)).map(asVolumeStore)]
}

/** What is compared: scheme, host and path, slashes at the path's ends ignored. */
function placeOf(store: Pick<VolumeStore, 'scheme' | 'host' | 'path'>): string {
  return `${store.scheme}://${store.host}/${store.path.replace(/^\/+|\/+$/g, '')}`
}

/** A datastore store without path is kept with the path VIC. */
export function asVolumeStore(given: GivenStore): VolumeStore {
  const {label, scheme, host, query} = given
  if (scheme === 'nfs') return {label, scheme, host, path: given.path, query, argument: `${given.url}:${label}`}
  const path = given.path.replace(/\/+$/, '') || 'VIC'
  return {label, scheme, host, path, query: '', argument: `ds://${host}/${path}:${label}`}
}

/** As `inspect config` prints it: name and path of a datastore store percent-encoded (facts/vic-machine.md § 5). */
export function printedStore(store: VolumeStore): string {
  return store.scheme === 'nfs'
    ? store.argument
    : `ds://${escapeGoPath(store.host)}/${escapeGoPath(store.path)}:${store.label}`
}
