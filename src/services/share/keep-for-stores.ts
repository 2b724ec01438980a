import type {Work} from '../../engine/work.js'
import type {Journal} from '../../journal/journal.js'
import {vchIdentity} from '../../journal/vch-keys.js'
import {parseStoreArgument, type VolumeStore} from '../../model/volume-store.js'
import {hostAddresses} from '../registration/host-addresses.js'

/** Ends of a change after which the stores are those of before. */
const AS_BEFORE = new Set<unknown>(['refused', 'never-started', 'rolled-back', 'undone'])

function nfsStores(stores: unknown): VolumeStore[] {
  if (!Array.isArray(stores)) return []
  const all = stores.filter((text) => typeof text === 'string').map((text: string) => parseStoreArgument(text))
  return all.filter((store) => store.scheme === 'nfs')
}

/** The stores that each VCH had after the last change that the journal knows; those of both sides while it is open. */
export async function journalledStores(journal: Journal): Promise<VolumeStore[]> {
  const stores = new Map<string, VolumeStore[]>()
  for (const {intent, result} of await journal.history()) {
    if (intent.action !== 'configure' && intent.action !== 'rollback') continue
    const [before, after] = [nfsStores(intent.data['storesBefore']), nfsStores(intent.data['storesAfter'])]
    const state = result?.data['state']
    const left = state === 'completed' ? after : AS_BEFORE.has(state) ? before : [...before, ...after]
    stores.set(vchIdentity(intent.vch.keys), left)
  }
  return [...stores.values()].flat()
}

/**
 * Sees to it that a server container is not taken away by our own undo when a store lies at its address (S4): one that
 * the consumer VCH lists, or one that the journal remembers, where no VCH can be asked.
 * @throws the reason of the signal
 */
export async function keepForStores(
  journal: Journal,
  address: string,
  options: {readonly stores: readonly VolumeStore[]; readonly work: Work},
): Promise<void> {
  const {stores, work} = options
  if (work.undoIsCut) return
  const listed = stores.filter((store) => store.scheme === 'nfs').map((store) => store.host)
  const known = (await journalledStores(journal)).map((store) => store.host)
  let needed: readonly string[]
  try {
    needed = await hostAddresses([...listed, ...known], work)
  } catch (error) {
    // Told to stop before a name was resolved: a server that some VCH may need is not taken away again.
    work.cutUndo(`a volume store may lie at ${address}: its server container stays`)
    throw error
  }
  if (needed.includes(address)) work.cutUndo(`a volume store lies at ${address}: its server container stays`)
}
