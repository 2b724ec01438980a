/** What was done to a VCH or on it; open-ended, since new commands bring new actions. */
export type JournalAction =
  | 'configure'
  | 'rollback'
  | 'reset-progress'
  | 'server-start'
  | 'server-stop'
  | 'server-remove'
  | 'volume-create'
  | 'volume-remove'
  | 'record-write'
  | 'record-remove'
  | 'verify'
  | 'share-check'
  | (string & {})

export interface JournalledVch {
  /** Every key known for the VCH (see vchKeys). */
  readonly keys: readonly string[]
  readonly name?: string
  readonly id?: string
}

/** What is appended: an intent before a change, a result after it. */
export interface NewJournalEntry {
  readonly kind: 'intent' | 'result'
  readonly action: JournalAction
  readonly vch: JournalledVch
  /** Results: the id of the intent. */
  readonly of?: string
  /** Facts for later runs; never a secret. */
  readonly data: Readonly<Record<string, unknown>>
}

export interface JournalEntry extends NewJournalEntry {
  readonly schemaVersion: 1
  /** Sorts by time; usable as a file name. */
  readonly id: string
  /** ISO 8601, UTC. */
  readonly at: string
  /** The command that did it, without its flags; absent when written by an older vicnfs or through the library. */
  readonly command?: string
}

/** An intent with its result, if it got one. */
export interface JournalRecord {
  readonly intent: JournalEntry
  readonly result?: JournalEntry
}

/** A line of the journal that could not be used. */
export interface JournalProblem {
  /** Counted from 1. */
  readonly line: number
  readonly reason: string
}

/** Reads one line; an unusable one gives the reason why. */
export function parseEntry(line: string): JournalEntry | string {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return 'not a complete JSON document'
  }
  if (!isRecord(value)) return 'not an entry'
  if (value['schemaVersion'] !== 1) return `schema version ${String(value['schemaVersion'])} is not known here`
  return isEntry(value) ? value : 'an entry that lacks a field'
}

function isEntry(value: Record<string, unknown>): value is Record<string, unknown> & JournalEntry {
  const {id, at, kind, action, vch, of, data, command = ''} = value
  const texts = [id, at, action, command].every((text) => typeof text === 'string')
  const isOfKind = kind === 'intent' || (kind === 'result' && typeof of === 'string')
  return texts && isOfKind && isRecord(data) && isRecord(vch) && isTextArray(vch['keys'])
}

function isTextArray(value: unknown): boolean {
  return Array.isArray(value) && value.every((text) => typeof text === 'string')
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
