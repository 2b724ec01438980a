import type {Work} from '../../engine/work.js'
import type {Journal} from '../../journal/journal.js'
import {vchIdentity} from '../../journal/vch-keys.js'
import {parseStoreArgument, type VolumeStore} from '../../model/volume-store.js'
import {hostAddresses} from '../registration/host-addresses.js'

/** Ends of a change after which the stores are those of before. */
const AS_BEFORE = new Set<unknown>(['refused', 'never-started', 'rolled-back', 'undone'])

function hostsOf(stores: unknown): string[] {
  if (!Array.isArray(stores)) return []
  const nfs = stores.filter((text) => typeof text === 'string').map((text: string) => parseStoreArgument(text))
  return nfs.filter((store) => store.scheme === 'nfs').map((store) => store.host)
}

/** Hosts of the stores that each VCH had after the last change that the journal knows; of both sides while it is open. */
async function journalledHosts(journal: Journal): Promise<string[]> {
  const hosts = new Map<string, string[]>()
  for (const {intent, result} of await journal.history()) {
    if (intent.action !== 'configure' && intent.action !== 'rollback') continue
    const [before, after] = [hostsOf(intent.data['storesBefore']), hostsOf(intent.data['storesAfter'])]
    const state = result?.data['state']
    const left = state === 'completed' ? after : AS_BEFORE.has(state) ? before : [...before, ...after]
    hosts.set(vchIdentity(intent.vch.keys), left)
  }
  return [...hosts.values()].flat()
}

/**
 * Sees to it that a server container is not taken away by our own undo when a store lies at its address (S4): one that
 * the consumer VCH lists, or one that the journal remembers, where no VCH can be asked.
 */
export async function keepForStores(
  journal: Journal,
  address: string,
  options: {readonly stores: readonly VolumeStore[]; readonly work: Work},
): Promise<void> {
  const {stores, work} = options
  if (work.undoIsCut) return
  const listed = stores.filter((store) => store.scheme === 'nfs').map((store) => store.host)
  const needed = await hostAddresses([...listed, ...(await journalledHosts(journal))])
  if (needed.includes(address)) work.cutUndo(`a volume store lies at ${address}: its server container stays`)
}
