import {sideBySide} from '../../engine/side-by-side.js'
import type {Work} from '../../engine/work.js'
import {exitCodeOf} from '../../model/error-table.js'
import type {OnEvent} from '../../model/event.js'
import {shellQuote} from '../../model/redaction.js'
import {isVicnfsError} from '../../model/vicnfs-error.js'
import type {Runbook} from '../../runbook/runbook.js'
import type {ServiceOptions} from '../adapters.js'
import {verifyStore} from '../verify-store.js'
import {asVicnfsError} from './phases/apply-state.js'
import {laneEvents} from './phases/lanes.js'
import {recapError, type RecapError, type RunbookRecap, type StoreEntry} from './recap.js'
import type {RunbookAdapters} from './runbook-adapters.js'
import {interruptedWith, recapped} from './recapped.js'
import {scopeOf, type ScopedStore, type ScopeWish} from './scope.js'

export interface VerifyRunbookOptions {
  readonly runbook: Runbook
  readonly scope: ScopeWish
  /** How many VCHs are worked on side by side; the stores of one are proven one after the other. */
  readonly parallel: number
}

/** Here nobody has mistyped a label: a store that the runbook declares and its VCH does not have is one not proven. */
function notThere({file}: Runbook, error: RecapError): RecapError {
  if (error.code !== 'VN-STORE-UNKNOWN') return error
  return {...error, exitCode: exitCodeOf('VN-VERIFY-FAILED'), tries: [shellQuote(['vicnfs', 'runbook', 'apply', file])]}
}

type Prove = (key: string, scoped: ScopedStore) => Promise<StoreEntry>

/** How one store is proven; a proof that fails is an entry, too. @throws VN-INTERRUPTED */
function proving(runbook: Runbook, adapters: RunbookAdapters, options: {work: Work; onEvent: OnEvent}): Prove {
  const {work, onEvent} = options
  const requireNonRoot = runbook.verify?.requireNonRoot ?? false
  return async (key, {share, store}) => {
    const {label} = store
    const base = {label, vch: key, share: share.key}
    const wish = {label, image: runbook.verify?.image ?? share.request.image, requireNonRoot}
    const id = `proof/${key}/${label}`
    try {
      await work.step(id, `Prove "${label}" on "${key}"`, async (step) => {
        const watched = {signal: step.signal, onEvent: laneEvents(onEvent, {key: `${key}/${label}`, id})}
        const proof = await verifyStore(wish, adapters.pair(share.vch, key), watched)
        step.note(`container B read "${proof.bRead}"`)
      })
      return {...base, outcome: 'unchanged', proof: 'proven'}
    } catch (thrown) {
      const error = asVicnfsError(thrown)
      if (error.kind === 'interrupted') throw error
      const told = recapError(adapters.commands.error(error, {server: share.vch, consumer: key}))
      return {...base, outcome: 'failed', proof: 'failed', error: notThere(runbook, told)}
    }
  }
}

/**
 * Proves every store of a runbook by containers of its VCH, whether it was proven before or not. All are tried.
 * @returns a recap; `failureOf` tells which error it amounts to
 * @throws VN-INTERRUPTED with the recap in its details
 */
export async function verifyRunbook(
  options: VerifyRunbookOptions,
  adapters: RunbookAdapters,
  serviceOptions: ServiceOptions,
): Promise<RunbookRecap> {
  const {runbook, parallel} = options
  const scope = scopeOf(runbook, options.scope)
  return recapped(async ({work, onEvent, recap}) => {
    const prove = proving(runbook, adapters, {work, onEvent})
    const entries = new Map<ScopedStore, StoreEntry>()
    const done = (): RunbookRecap => {
      const notReached = {outcome: 'not-reached', proof: 'not-reached'} as const
      const stores = scope.consumers.flatMap(({key, stores: all}) =>
        all.map((scoped): StoreEntry => {
          const {share, store} = scoped
          return entries.get(scoped) ?? {label: store.label, vch: key, share: share.key, ...notReached}
        }),
      )
      return recap({runbook: runbook.file, shares: [], stores, vchs: [], steps: []})
    }
    try {
      await sideBySide(scope.consumers, parallel, async ({key, stores}) => {
        for (const scoped of stores) entries.set(scoped, await prove(key, scoped))
      })
    } catch (error) {
      throw isVicnfsError(error) ? interruptedWith(error, done()) : error
    }
    return done()
  }, serviceOptions)
}
