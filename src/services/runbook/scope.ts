import {nearestName} from '../../model/nearest-name.js'
import {VicnfsError} from '../../model/vicnfs-error.js'
import type {Runbook, RunbookShare, RunbookStep, RunbookStore} from '../../runbook/runbook.js'

/** Which part of a runbook is meant; empty lists mean all of it. */
export interface ScopeWish {
  /** Keys of VCHs. */
  readonly targets: readonly string[]
  /** Keys of shares. */
  readonly only: readonly string[]
}

/** The flags that ask for this part. */
export function scopeArguments({targets, only}: ScopeWish): string[] {
  return [...targets.flatMap((key) => ['--target', key]), ...only.flatMap((key) => ['--only', key])]
}

/** A store of the runbook with its share. */
export interface ScopedStore {
  readonly share: RunbookShare
  readonly store: RunbookStore
}

/** The part of a runbook that is meant, share by share and VCH by VCH. */
export interface Scope {
  readonly runbook: Runbook
  readonly wish: ScopeWish
  readonly shares: readonly RunbookShare[]
  /** Consumer VCHs, in the runbook's order, with the stores that each is to have. */
  readonly consumers: readonly {readonly key: string; readonly stores: readonly ScopedStore[]}[]
  readonly steps: readonly RunbookStep[]
  /** Keys of all VCHs that are needed, servers among them. */
  readonly keys: readonly string[]
}

function requireKnown(what: string, wanted: readonly string[], known: readonly string[]): void {
  const unknown = wanted.find((key) => !known.includes(key))
  if (unknown === undefined) return
  const nearest = nearestName(unknown, known)
  const meant = nearest === undefined ? '' : ` Did you mean "${nearest}"?`
  throw new VicnfsError('VN-USAGE', `The runbook has no ${what} "${unknown}".`, {
    reason: `It has: ${known.join(', ') || 'none'}.${meant}`,
  })
}

/** @throws VN-USAGE for a canary that is no consumer VCH in scope */
export function requireCanary({consumers}: Scope, canary: string | undefined): void {
  if (canary === undefined || canary === 'first') return
  requireKnown(
    'consumer VCH',
    [canary],
    consumers.map(({key}) => key),
  )
}

/**
 * The shares and stores that are meant. A share is in, when it is named (or none is) and either one of its stores is on
 * a VCH that is meant, or its server VCH is.
 * @throws VN-USAGE for a name that the runbook does not have
 */
export function scopeOf(runbook: Runbook, wish: ScopeWish): Scope {
  const {targets, only} = wish
  const vchKeys = runbook.vchs.map(({key}) => key)
  requireKnown('VCH', targets, vchKeys)
  requireKnown(
    'share',
    only,
    runbook.shares.map(({key}) => key),
  )
  const isTarget = (key: string): boolean => targets.length === 0 || targets.includes(key)
  const named = runbook.shares.filter(({key}) => only.length === 0 || only.includes(key))
  const shares = named.filter(({vch, stores}) => isTarget(vch) || stores.some((store) => isTarget(store.vch)))
  const all = shares.flatMap((share) => share.stores.map((store) => ({share, store})))
  const consumers = vchKeys
    .filter(isTarget)
    .map((key) => ({key, stores: all.filter(({store}) => store.vch === key)}))
    .filter(({stores}) => stores.length > 0)
  const used = new Set([...shares.map(({vch}) => vch), ...consumers.map(({key}) => key)])
  return {
    runbook,
    wish,
    shares,
    consumers,
    steps: runbook.steps.filter(({vch}) => vch === undefined || consumers.some(({key}) => key === vch)),
    keys: vchKeys.filter((key) => used.has(key)),
  }
}
