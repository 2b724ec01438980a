import {sideBySide} from '../../engine/side-by-side.js'
import {mergedReport} from '../../model/merged-status.js'
import {verdictOf, type ShareStatus} from '../../model/status-report.js'
import {isVicnfsError} from '../../model/vicnfs-error.js'
import type {Runbook, RunbookShare} from '../../runbook/runbook.js'
import type {ServiceOptions} from '../adapters.js'
import {createStatusLook, exitCodeOfStatus, type StatusReport} from '../share-status.js'
import {laneEvents} from './phases/lanes.js'
import {recapError, worstExitCode, type RecapError} from './recap.js'
import type {RunbookAdapters} from './runbook-adapters.js'
import {scopeOf, type ScopeWish} from './scope.js'

/** The shares of one server VCH, each once, beside the consumer VCHs that use them. */
export interface RunbookLook {
  readonly server: string
  /** Those that could be looked at; the server VCH itself for shares that nobody uses. */
  readonly consumers: readonly string[]
  /** Absent where none could. */
  readonly report?: StatusReport
  /** Why the others could not. */
  readonly errors: readonly {readonly consumer: string; readonly error: RecapError}[]
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

/** A share that the runbook declares without a store is as it should be while no VCH has it. */
function asServedOnly(row: ShareStatus): ShareStatus {
  const findings = row.findings.filter(({word}) => word !== 'not-registered')
  return {...row, findings, verdict: verdictOf(findings, row.server.state)}
}

type PairLook = Pick<Pair, 'server' | 'consumer'> & ({readonly report: StatusReport} | {readonly error: RecapError})

async function lookAt(adapters: RunbookAdapters, pair: Pair, options: ServiceOptions): Promise<PairLook> {
  const {server, consumer, shares} = pair
  const id = `look/${server}/${consumer}`
  const key = server === consumer ? server : `${server} for ${consumer}`
  const onEvent = laneEvents(options.onEvent ?? (() => undefined), {key, id, shown: new Set(['look'])})
  try {
    const all = await createStatusLook(adapters.pair(server, consumer)).look({}, {...options, onEvent})
    const names = new Set<string | null>(shares.map(({volume}) => volume.name))
    const served = new Set<string | null>(
      shares.filter(({stores}) => stores.length === 0).map(({volume}) => volume.name),
    )
    const rows = all.shares.filter(({name}) => names.has(name))
    const report = {...all, shares: rows.map((row) => (served.has(row.name) ? asServedOnly(row) : row))}
    return {server, consumer, report: adapters.commands.result(report, {server, consumer})}
  } catch (error) {
    if (!isVicnfsError(error) || error.kind === 'interrupted') throw error
    return {server, consumer, error: recapError(adapters.commands.error(error, {server, consumer}))}
  }
}

/** The shares in the order of the runbook. */
function inOrder(report: StatusReport, shares: readonly RunbookShare[]): StatusReport {
  const place = new Map<string | null, number>(shares.map(({volume}, index) => [volume.name, index]))
  const rows = [...report.shares].sort((a, b) => (place.get(a.name) ?? 0) - (place.get(b.name) ?? 0))
  return {...report, shares: rows}
}

/** One server VCH in the eyes of all consumer VCHs. */
function lookOf(
  pairs: readonly PairLook[],
  {server, shares}: {readonly server: string; readonly shares: readonly RunbookShare[]},
): RunbookLook {
  const seen = pairs.flatMap((pair) => ('report' in pair ? [pair] : []))
  const [first, ...rest] = seen.map(({report}) => report)
  return {
    server,
    consumers: seen.map(({consumer}) => consumer),
    ...(first === undefined ? {} : {report: inOrder(mergedReport([first, ...rest]), shares)}),
    errors: pairs.flatMap((pair) => ('error' in pair ? [{consumer: pair.consumer, error: pair.error}] : [])),
  }
}

/** How the shares of a runbook are, and what of it is not there. Takes no lock, starts nothing, changes nothing. */
export async function statusRunbook(
  options: {readonly runbook: Runbook; readonly scope: ScopeWish; readonly parallel: number},
  adapters: RunbookAdapters,
  serviceOptions: ServiceOptions,
): Promise<RunbookStatus> {
  const {runbook, parallel} = options
  const scope = scopeOf(runbook, options.scope)
  const consumers = scope.consumers.map(({key}) => key)
  const pairs = pairsOf(scope.shares, consumers)
  const found = new Map<Pair, PairLook>()
  await sideBySide(pairs, parallel, async (pair) => {
    found.set(pair, await lookAt(adapters, pair, serviceOptions))
  })
  const looks = pairs.flatMap((pair) => found.get(pair) ?? [])
  const lost = pairs.flatMap((pair) => {
    const look = found.get(pair)
    return look !== undefined && 'report' in look ? missingOf(pair, look.report) : []
  })
  const once = new Map(lost.map((part) => [JSON.stringify(part), part]))
  const servers = [...new Set(pairs.map(({server}) => server))]
  return {
    runbook: runbook.file,
    looks: servers.map((server) => {
      const shares = scope.shares.filter(({vch}) => vch === server)
      const ofServer = looks.filter((look) => look.server === server)
      return lookOf(ofServer, {server, shares})
    }),
    missing: [...once.values()],
  }
}

/** 8 while a VCH is down, 1 where one could not be asked, 7 for drift or a missing part where the caller asks for it. */
export function exitCodeOfRunbookStatus(status: RunbookStatus, options: {readonly driftCounts: boolean}): number {
  const codes = status.looks.flatMap(({report, errors}) => [
    ...(report === undefined ? [] : [exitCodeOfStatus(report, options)]),
    ...errors.map(({error}) => error.exitCode),
  ])
  const lost = status.missing.length > 0 && options.driftCounts ? [7] : []
  const telling = [...codes, ...lost].filter((code) => code !== 0)
  return telling.length === 0 ? 0 : worstExitCode(telling)
}
