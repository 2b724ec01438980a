import {ownerOf, sameLocation, storeUrl} from './volume-store.js'
import type {VolumeStore} from './volume-store.js'

/**
 * What becomes of one store (DESIGN § 5): added; kept as it is; a changed query that VIC ignores without a word;
 * or something that VIC or a safety rule refuses.
 */
export type PlanKind = 'add' | 'keep' | 'ignored' | 'refused'

export interface PlanLine {
  readonly kind: PlanKind
  readonly store: VolumeStore
  readonly reason?: string
}

export interface StorePlan {
  readonly lines: readonly PlanLine[]
  /** Every store that configure must name: the existing ones first, restated exactly, then the new ones. */
  readonly stores: readonly VolumeStore[]
  /** Stores that configure would add. */
  readonly added: readonly VolumeStore[]
}

const MARKS: Readonly<Record<PlanKind, string>> = {
  add: '+ add',
  keep: '= keep',
  ignored: '! ignored by VIC',
  refused: '✗ refused',
}

/** Whether a VCH uses two NFS stores under the same uid and gid, however these are written. */
function sameOwner(a: VolumeStore, b: VolumeStore): boolean {
  if (a.query === b.query) return true
  if (a.scheme !== 'nfs' || b.scheme !== 'nfs') return false
  try {
    const [one, other] = [ownerOf(a), ownerOf(b)]
    return one.uid === other.uid && one.gid === other.gid
  } catch {
    // An owner that no VCH accepts is nobody's.
    return false
  }
}

function planWanted(existing: readonly VolumeStore[], wanted: VolumeStore): PlanLine {
  const sameLabel = existing.find((store) => store.label === wanted.label)
  if (sameLabel !== undefined) {
    if (!sameLocation(sameLabel, wanted)) {
      const reason = `the label is taken by ${storeUrl(sameLabel)}, and VIC never changes an existing store`
      return {kind: 'refused', store: wanted, reason}
    }
    if (sameOwner(sameLabel, wanted)) return {kind: 'keep', store: sameLabel}
    const kept = sameLabel.query === '' ? 'it without uid and gid' : `"${sameLabel.query}"`
    const reason = `the VCH keeps ${kept}: uid and gid of a store are for good`
    return {kind: 'ignored', store: wanted, reason}
  }
  const twin = existing.find((store) => sameLocation(store, wanted))
  if (twin === undefined) return {kind: 'add', store: wanted}
  return {kind: 'refused', store: wanted, reason: `the same place is registered under the label "${twin.label}"`}
}

/** Compares what a VCH has with what is wanted (facts/vic-machine.md § 2.2). */
export function planStores(existing: readonly VolumeStore[], wanted: readonly VolumeStore[]): StorePlan {
  const known = [...existing]
  const lines = wanted.map((store) => {
    const line = planWanted(known, store)
    // vic-machine takes the last one of a label without a word, so two wanted stores must not collide either.
    if (line.kind === 'add') known.push(store)
    return line
  })
  const added = lines.filter((line) => line.kind === 'add').map((line) => line.store)
  const named = new Set(lines.filter((line) => line.kind === 'keep').map((line) => line.store.label))
  const kept = existing.filter((store) => !named.has(store.label)).map((store): PlanLine => ({kind: 'keep', store}))
  return {lines: [...kept, ...lines], stores: known, added}
}

/** One line of a plan as people read it. */
export function planText(line: PlanLine): string {
  const reason = line.reason === undefined ? '' : `  (${line.reason})`
  return `${MARKS[line.kind]}  ${line.store.label}  ${storeUrl(line.store)}${reason}`
}

/** True when two lists hold the same stores, whatever their order; arguments are compared to the letter. */
export function sameStores(a: readonly {argument: string}[], b: readonly {argument: string}[]): boolean {
  const sorted = (list: readonly {argument: string}[]): string =>
    JSON.stringify(list.map((store) => store.argument).sort())
  return sorted(a) === sorted(b)
}
