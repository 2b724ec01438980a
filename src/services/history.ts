import type {JournalEntry, JournalProblem, JournalRecord} from '../journal/entry.js'
import {openJournal} from '../journal/journal.js'
import {stateDirectory} from '../journal/state-directory.js'
import {parsePointInTime} from '../model/point-in-time.js'
import {namesOf, recordsOf, type VchNames} from './history/journalled-vchs.js'

export interface HistoryOptions {
  /** A VCH by its name, the id of its endpoint VM, or its Docker endpoint; all of them when absent. */
  readonly vch?: string
  /** Only what began since then: how long ago, or a date. */
  readonly since?: string
  /** At most this many, the newest; 0 for all. */
  readonly limit: number
}

/** How a change ended, as the journal has it; `open`: it did not end, or nobody was there to see it. */
export type EventState =
  'done' | 'failed' | 'refused' | 'rolled-back' | 'restored' | 'never-started' | 'undone' | 'not-proven' | 'open'

/** One deed in the journal, with its end. */
export interface HistoryEvent {
  readonly id: string
  /** ISO 8601, UTC. */
  readonly at: string
  readonly action: string
  readonly vch: VchNames
  readonly command?: string
  readonly state: EventState
  readonly endedAt?: string
  /** Code or words of what made it fail. */
  readonly why?: string
  /** Address of the share that it is about, where another entry knows it. */
  readonly address?: string
  readonly data: Readonly<Record<string, unknown>>
}

export interface HistoryResult {
  readonly file: string
  /** Oldest first. */
  readonly events: readonly HistoryEvent[]
  /** What `limit` left off, and how many of these are open. */
  readonly older: {readonly events: number; readonly open: number}
  /** Lines of the journal that cannot be read. */
  readonly problems: readonly JournalProblem[]
  /** There is no journal, or nothing in it. */
  readonly isEmpty: boolean
}

const STATES: Readonly<Record<string, EventState>> = {
  completed: 'done',
  done: 'done',
  failed: 'failed',
  refused: 'refused',
  'rolled-back': 'rolled-back',
  'never-started': 'never-started',
  restored: 'restored',
  undone: 'undone',
}

function stateOf(result: JournalEntry | undefined): EventState {
  if (result === undefined) return 'open'
  const {state, outcome, proven} = result.data
  if (typeof proven === 'boolean') return proven ? 'done' : 'not-proven'
  return STATES[String(state ?? outcome)] ?? 'done'
}

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined)

function eventOf({intent, result}: JournalRecord, names: VchNames, address: string | undefined): HistoryEvent {
  const {id, at, action, command, data} = intent
  const why = text(result?.data['code']) ?? text(result?.data['reason'])
  return {
    id,
    at,
    action,
    vch: names,
    ...(command === undefined ? {} : {command}),
    state: stateOf(result),
    ...(result === undefined ? {} : {endedAt: result.at}),
    ...(why === undefined ? {} : {why}),
    ...(address === undefined ? {} : {address}),
    data,
  }
}

/** Only the making of a server container says its address; what is done to it later is told with it. */
function addressesOf(records: readonly JournalRecord[]): Map<string, string> {
  const last = new Map<string, string>()
  const found = new Map<string, string>()
  for (const record of records) {
    const {id, data, vch} = record.intent
    const share = text(data['share'])
    if (share === undefined) continue
    const key = JSON.stringify([vch.keys[0], share])
    const address = text(data['address']) ?? last.get(key)
    if (address === undefined) continue
    last.set(key, address)
    found.set(id, address)
  }
  return found
}

/**
 * What vicnfs did from this machine, by its journal.
 * @throws VN-JOURNAL-UNREADABLE, VN-SETTING-BAD for a VCH that the journal does not know
 */
export async function readHistory(
  options: HistoryOptions,
  environment: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): Promise<HistoryResult> {
  const {vch, limit} = options
  const since = options.since === undefined ? undefined : parsePointInTime(options.since, new Date())
  const journal = openJournal(stateDirectory(environment))
  const {entries, problems} = await journal.read()
  const all = await journal.history()
  const addresses = addressesOf(all)
  const chosen = vch === undefined || entries.length === 0 ? all : await recordsOf(journal, {vch, entries, signal})
  const isYoung = ({intent}: JournalRecord): boolean => since === undefined || new Date(intent.at) >= since
  const names = namesOf(entries)
  const events = chosen
    .filter(isYoung)
    .map((record) => eventOf(record, names(record.intent.vch), addresses.get(record.intent.id)))
  const cut = limit === 0 ? 0 : Math.max(0, events.length - limit)
  const older = events.slice(0, cut)
  return {
    file: journal.file,
    events: events.slice(cut),
    older: {events: older.length, open: older.filter(({state}) => state === 'open').length},
    problems,
    isEmpty: entries.length === 0 && problems.length === 0,
  }
}
