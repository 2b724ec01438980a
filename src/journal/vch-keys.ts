import {vcenterOf} from '../model/vcenter.js'

/** By what a VCH is known: its Docker endpoint always, its vCenter and VM id when known (safety rule S10). */
export interface VchNames {
  /** Docker endpoint after name resolution, such as `10.0.0.5:2376` or `unix:///run/user/1/vch.sock`. */
  readonly endpoint?: string
  /** vic-machine's target: host or URL of the vCenter. */
  readonly target?: string
  /** Managed object id of the endpoint VM, such as `vm-12`. */
  readonly id?: string
}

/** The keys under which a VCH is locked and journalled. */
export function vchKeys(names: VchNames): string[] {
  const keys: string[] = []
  if (names.endpoint !== undefined) keys.push(`endpoint:${names.endpoint}`)
  if (names.id !== undefined) keys.push(`vm:${vcenterOf(names.target ?? '')}/${names.id}`)
  return keys
}

/** What a VCH is told from all others by (S10): its vCenter and VM id, else all that is known. A bare VM id is not enough. */
export function vchIdentity(keys: readonly string[]): string {
  return keys.find((key) => key.startsWith('vm:')) ?? keys.join(' ')
}

/**
 * Groups journalled key sets: everything that is known under one of `keys`, or under a key that was journalled together
 * with one of them. A VM id of another VM ends the chain: two VCHs may have had the same endpoint one after the other.
 */
export function linkedKeys(keys: readonly string[], keySets: readonly (readonly string[])[]): Set<string> {
  const linked = new Set(keys)
  for (let before = -1; before !== linked.size;) {
    before = linked.size
    const own = vmIds(linked)
    for (const set of keySets) {
      if (set.some((key) => linked.has(key)) && !isOtherVm(set, keys, own)) set.forEach((key) => linked.add(key))
    }
  }
  return linked
}

/** True when an entry about `keys` belongs to the VCH that `asked` names, given its linked keys. */
export function touchesVch(keys: readonly string[], asked: readonly string[], linked: ReadonlySet<string>): boolean {
  return keys.some((key) => linked.has(key)) && !isOtherVm(keys, asked, vmIds(linked))
}

function isOtherVm(set: readonly string[], asked: readonly string[], own: ReadonlySet<string>): boolean {
  // Without a VM id in the question all that an endpoint leads to counts: too much is safe, too little is not.
  if (vmIds(asked).size === 0) return false
  const theirs = vmIds(set)
  return theirs.size > 0 && ![...theirs].some((id) => own.has(id))
}

/** Ids without their vCenter, whose spelling may differ (name or address) from run to run. */
function vmIds(keys: Iterable<string>): Set<string> {
  const ids = new Set<string>()
  for (const key of keys) if (key.startsWith('vm:')) ids.add(key.slice(key.lastIndexOf('/') + 1))
  return ids
}
