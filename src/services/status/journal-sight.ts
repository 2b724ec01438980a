import {orElse} from '../../engine/or-else.js'
import type {JournalRecord} from '../../journal/entry.js'
import {changeFolder} from '../../journal/journal.js'
import {vchKeys} from '../../journal/vch-keys.js'
import type {OpenChangeFacts, OpenExchangeFacts} from '../../model/drift.js'
import {messageOf} from '../../model/vicnfs-error.js'
import {parseStoreArgument, type VolumeStore} from '../../model/volume-store.js'
import {livingChange} from '../../vic-machine/living-change.js'
import type {Adapters} from '../adapters.js'
import {endCommands, EXCHANGE, exchangeWord, openExchanges} from '../exchange/plan.js'
import {openChanges} from '../registration/open-changes.js'
import {againOf} from '../registration/run-change.js'
import {endpointKey, resolvedKeys, runOn} from '../vch-lock.js'

/** Where a share of ours was served once. */
export interface OnceServed {
  readonly share: string
  readonly address: string
  readonly path: string
}

/** What the journal of this machine adds. */
export interface JournalSight {
  readonly open: readonly OpenChangeFacts[]
  /** On the server VCH. */
  readonly exchanges: readonly OpenExchangeFacts[]
  /** NFS stores of the consumer VCH after our last change of it, or possibly so. */
  readonly stores: readonly VolumeStore[]
  /** The VCH's release and name at our last change of it. */
  readonly version?: string
  readonly name?: string
  /** Newest first. */
  readonly served: readonly OnceServed[]
  /** Why it could not be read. */
  readonly unreadable?: string
}

const NO_JOURNAL: JournalSight = {open: [], exchanges: [], stores: [], served: []}
const MADE = new Set(['server-create', EXCHANGE])
const STORE_CHANGES = new Set(['configure', 'rollback'])
const WITHOUT_EFFECT = new Set<unknown>(['refused', 'never-started', 'undone', 'rolled-back'])

const textsIn = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((each) => typeof each === 'string') : []

function storesAfter(records: readonly JournalRecord[]): VolumeStore[] {
  const last = records.findLast(
    ({intent, result}) => STORE_CHANGES.has(intent.action) && !WITHOUT_EFFECT.has(result?.data['state']),
  )
  if (last === undefined) return []
  const {storesBefore, storesAfter: after} = last.intent.data
  const texts = new Set([...textsIn(after), ...(last.result === undefined ? textsIn(storesBefore) : [])])
  return [...texts].map(parseStoreArgument).filter(({scheme}) => scheme === 'nfs')
}

function atLastChange(records: readonly JournalRecord[]): Pick<JournalSight, 'version' | 'name'> {
  const last = records.findLast(({intent}) => STORE_CHANGES.has(intent.action))?.intent
  const version = last?.data['vicVersion']
  const name = last?.vch.name
  return {...(typeof version === 'string' ? {version} : {}), ...(name === undefined ? {} : {name})}
}

function servedIn(records: readonly JournalRecord[]): OnceServed[] {
  return records.toReversed().flatMap(({intent}) => {
    const {share, address, path} = intent.data
    const isOne = typeof share === 'string' && typeof address === 'string' && typeof path === 'string'
    return MADE.has(intent.action) && isOne ? [{share, address, path}] : []
  })
}

async function openIn(
  adapters: Adapters,
  keys: readonly string[],
  {nowMs, signal}: {readonly nowMs: number; readonly signal: AbortSignal},
): Promise<OpenChangeFacts[]> {
  const found: OpenChangeFacts[] = []
  const run = await runOn(adapters.stateDirectory, keys)
  for (const entry of await openChanges(adapters.journal, keys)) {
    const living = await orElse(livingChange(changeFolder(adapters.stateDirectory, entry.id)), undefined, {signal})
    const again = againOf(entry.data)
    found.push({
      action: entry.action,
      sinceMs: Math.max(0, nowMs - Date.parse(entry.at)),
      ...(living === undefined ? {} : {pid: living.pid}),
      ...(run?.isOlderThan(entry.at) === true ? {run: run.text} : {}),
      ...(again === undefined ? {} : {again}),
    })
  }
  return found
}

async function exchangesIn(adapters: Adapters, nowMs: number, signal: AbortSignal): Promise<OpenExchangeFacts[]> {
  const open = await openExchanges(adapters, signal)
  const keys = await resolvedKeys([endpointKey(adapters.server.endpoint)], {signal})
  const run = open.length === 0 ? undefined : await runOn(adapters.stateDirectory, keys)
  return open.map(({intent, plan}) => ({
    share: plan.share,
    names: [plan.from.request.name, plan.to.request.name],
    what: exchangeWord(plan),
    sinceMs: Math.max(0, nowMs - Date.parse(intent.at)),
    ...(run === undefined ? {} : {[run.isOlderThan(intent.at) ? 'run' : 'otherRun']: run.text}),
    again: endCommands(plan),
  }))
}

/** Reads the journal; nothing is made or written, and one that cannot be read is only missed. */
export async function readJournal(
  adapters: Adapters,
  options: {
    readonly vch?: {readonly vcenter: string; readonly id: string}
    readonly nowMs: number
    readonly signal: AbortSignal
  },
): Promise<JournalSight> {
  const {vch, nowMs, signal} = options
  try {
    const {endpoint} = adapters.consumer
    const named = vch === undefined ? [endpointKey(endpoint)] : vchKeys({endpoint, target: vch.vcenter, id: vch.id})
    const keys = await resolvedKeys(named, {signal})
    const records = await adapters.journal.history(keys)
    const everything = await adapters.journal.history()
    return {
      open: await openIn(adapters, keys, {nowMs, signal}),
      exchanges: await exchangesIn(adapters, nowMs, signal),
      stores: storesAfter(records),
      ...atLastChange(records),
      served: servedIn(everything),
    }
  } catch (error) {
    signal.throwIfAborted()
    return {...NO_JOURNAL, unreadable: messageOf(error)}
  }
}
