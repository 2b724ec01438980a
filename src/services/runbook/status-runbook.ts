import {sideBySide} from '../../engine/side-by-side.js'
import {isVicnfsError} from '../../model/vicnfs-error.js'
import type {Runbook, RunbookShare} from '../../runbook/runbook.js'
import type {ServiceOptions} from '../adapters.js'
import {createStatusLook, exitCodeOfStatus, type StatusReport} from '../share-status.js'
import {recapError, worstExitCode, type RecapError} from './recap.js'
import type {RunbookAdapters} from './runbook-adapters.js'
import {scopeOf, type ScopeWish} from './scope.js'

/** A look at the shares of one server VCH beside one consumer VCH. */
export interface RunbookLook {
  readonly server: string
  readonly consumer: string
  readonly report?: StatusReport
  /** Why it could not be looked at. */
  readonly error?: RecapError
}

/** Something that the runbook declares and that is not there. */
export interface MissingPart {
  readonly what: 'share' | 'store'
  readonly name: string
  readonly vch: string
}

export interface RunbookStatus {
  readonly runbook: string
  readonly looks: readonly RunbookLook[]
  readonly missing: readonly MissingPart[]
}

interface Pair {
  readonly server: string
  readonly consumer: string
  readonly shares: readonly RunbookShare[]
}

/** Each server VCH beside each VCH that uses shares of it; by itself for shares that nobody uses. */
function pairsOf(shares: readonly RunbookShare[], consumers: readonly string[]): Pair[] {
  const pairs = new Map<string, Pair>()
  for (const share of shares) {
    const users = consumers.filter((key) => share.stores.some(({vch}) => vch === key))
    for (const consumer of users.length === 0 ? [share.vch] : users) {
      const id = JSON.stringify([share.vch, consumer])
      const known = pairs.get(id)
      pairs.set(id, {server: share.vch, consumer, shares: [...(known?.shares ?? []), share]})
    }
  }
  return [...pairs.values()]
}

function missingOf({server, consumer, shares}: Pair, report: StatusReport): MissingPart[] {
  return shares.flatMap((share): MissingPart[] => {
    const row = report.shares.find(({name}) => name === share.volume.name)
    if (row === undefined || row.server.state === 'gone') return [{what: 'share', name: share.key, vch: server}]
    const wanted = share.stores.filter(({vch}) => vch === consumer)
    const lost = wanted.filter(
      ({label}) => !row.stores.some((each) => each.label === label && each.registered !== false),
    )
    return lost.map(({label}) => ({what: 'store', name: label, vch: consumer}))
  })
}

/** How the shares of a runbook are, and what of it is not there. Takes no lock, starts nothing, changes nothing. */
export async function statusRunbook(
  options: {readonly runbook: Runbook; readonly scope: ScopeWish; readonly parallel: number},
  adapters: RunbookAdapters,
  serviceOptions: ServiceOptions,
): Promise<RunbookStatus> {
  const {runbook, parallel} = options
  const scope = scopeOf(runbook, options.scope)
  const pairs = pairsOf(
    scope.shares,
    scope.consumers.map(({key}) => key),
  )
  const looks = new Map<Pair, RunbookLook>()
  const missing = new Map<Pair, readonly MissingPart[]>()
  await sideBySide(pairs, parallel, async (pair) => {
    const {server, consumer, shares} = pair
    try {
      const all = await createStatusLook(adapters.pair(server, consumer)).look({}, serviceOptions)
      const names = new Set<string | null>(shares.map(({volume}) => volume.name))
      const report = {...all, shares: all.shares.filter(({name}) => names.has(name))}
      looks.set(pair, {server, consumer, report})
      missing.set(pair, missingOf(pair, report))
    } catch (error) {
      if (!isVicnfsError(error) || error.kind === 'interrupted') throw error
      looks.set(pair, {server, consumer, error: recapError(error)})
    }
  })
  const lost = pairs.flatMap((pair) => missing.get(pair) ?? [])
  const once = lost.filter(
    (part, index) => lost.findIndex((each) => JSON.stringify(each) === JSON.stringify(part)) === index,
  )
  return {runbook: runbook.file, looks: pairs.flatMap((pair) => looks.get(pair) ?? []), missing: once}
}

/** 8 while a VCH is down, 1 where one could not be asked, 7 for drift or a missing part where the caller asks for it. */
export function exitCodeOfRunbookStatus(status: RunbookStatus, options: {readonly driftCounts: boolean}): number {
  const codes = status.looks.map(({report, error}) =>
    report === undefined ? (error?.exitCode ?? 1) : exitCodeOfStatus(report, options),
  )
  const lost = status.missing.length > 0 && options.driftCounts ? [7] : []
  const telling = [...codes, ...lost].filter((code) => code !== 0)
  return telling.length === 0 ? 0 : worstExitCode(telling)
}
