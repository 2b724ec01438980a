import {ringText, ringThrough} from '../model/serving-ring.js'
import type {Runbook} from './runbook.js'
import type {LooseRunbook} from './schema.js'

/** What a runbook holds, and what of it is worth knowing before it is applied. */
export interface RunbookContents {
  readonly file: string
  readonly vchs: number
  readonly shares: number
  readonly stores: number
  readonly steps: number
  /** Configures that a first apply needs: one for each consumer VCH (DESIGN § 5). */
  readonly configures: number
  readonly notes: readonly string[]
}

/** Counts what a loaded runbook holds. */
export function countRunbook(runbook: Runbook): RunbookContents {
  const stores = runbook.shares.flatMap((share) => share.stores)
  return {
    file: runbook.file,
    vchs: runbook.vchs.length,
    shares: runbook.shares.length,
    stores: stores.length,
    steps: runbook.steps.length,
    configures: new Set(stores.map(({vch}) => vch)).size,
    notes: [...selfHostedNotes(runbook), ...ringNotes(runbook), ...unusedNotes(runbook)],
  }
}

/** The same of a runbook with values that are not known, such as those of variables that are not set here. */
export function countLoose({vchs = {}, shares = {}, steps = []}: LooseRunbook, file: string): RunbookContents {
  const stores = Object.values(shares).flatMap((share) => [
    ...(share?.store === undefined ? [] : [share.store]),
    ...Object.values(share?.directories ?? {}),
  ])
  return {
    file,
    vchs: Object.keys(vchs).length,
    shares: Object.keys(shares).length,
    stores: stores.length,
    steps: steps.length,
    configures: new Set(stores.flatMap((store) => store?.vch ?? [])).size,
    notes: [],
  }
}

function selfHostedNotes({shares}: Runbook): string[] {
  return shares
    .filter(({vch, stores}) => stores.some((store) => store.vch === vch))
    .map(
      ({key, vch}) =>
        `The share "${key}" is used by "${vch}", the VCH that serves it: from VIC 1.5.2 on applying needs --allow-self-hosted.`,
    )
}

/** Each ring once, however many of its stores are in the runbook. */
function ringNotes({shares}: Runbook): string[] {
  const all = shares.flatMap(({vch: server, stores}) => stores.map(({vch: consumer}) => ({consumer, server})))
  const rings = new Map<string, readonly string[]>()
  for (const wanted of all) {
    const ring = ringThrough(wanted, all)
    if (ring === undefined) continue
    const name = JSON.stringify([...ring].sort())
    rings.set(name, rings.get(name) ?? ring)
  }
  return [...rings.values()].map(
    (ring) => `VCHs serve each other: ${ringText(ring)}. From VIC 1.5.2 on applying needs --allow-self-hosted.`,
  )
}

function unusedNotes({vchs, shares, steps}: Runbook): string[] {
  const used = new Set([
    ...shares.flatMap(({vch, stores}) => [vch, ...stores.map((store) => store.vch)]),
    ...steps.flatMap(({vch}) => (vch === undefined ? [] : [vch])),
  ])
  return vchs.filter(({key}) => !used.has(key)).map(({key}) => `The VCH "${key}" is used by no share.`)
}
