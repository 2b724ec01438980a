import {randomBytes} from 'node:crypto'
import {open, readFile, type FileHandle} from 'node:fs/promises'
import path from 'node:path'

import {messageOf, VicnfsError} from '../model/vicnfs-error.js'
import {syncDirectory} from './atomic-file.js'
import {parseEntry, type JournalEntry, type JournalProblem, type JournalRecord, type NewJournalEntry} from './entry.js'
import {ensurePrivateDirectory} from './private-directory.js'
import {refuseSecrets} from './secret-guard.js'
import {linkedKeys, touchesVch} from './vch-keys.js'

export interface JournalContents {
  readonly entries: readonly JournalEntry[]
  /** Lines that were skipped, such as the torn last one of a run that was killed while writing. */
  readonly problems: readonly JournalProblem[]
}

/** The append-only record, on the operator's machine, of what vicnfs did to which VCH. */
export interface Journal {
  readonly file: string
  /** Writes one entry; when it resolves the entry is on the disk. @returns its id @throws VN-JOURNAL-UNWRITABLE, VN-JOURNAL-SECRET */
  append(entry: NewJournalEntry): Promise<string>
  /** Everything that can be read. @throws VN-JOURNAL-UNREADABLE */
  read(): Promise<JournalContents>
  /** Intents without a result for the VCH known under any of `keys`, oldest first. */
  openIntents(keys: readonly string[]): Promise<JournalEntry[]>
  /** Intents with their results, oldest first; of one VCH, or of all without `keys`. */
  history(keys?: readonly string[]): Promise<JournalRecord[]>
  /** Every key that the journal links to `keys`, these included. */
  linkedKeys(keys: readonly string[]): Promise<string[]>
  /** A folder (0700) that belongs to the entry `id`, for the files of its change. */
  privateFolder(id: string): Promise<string>
}

export interface JournalOptions {
  /** Values that must never be written. */
  readonly secrets?: readonly string[]
  /** Wall clock. */
  readonly now?: () => Date
}

/** Opens the journal in `stateDirectory`; nothing is created before the first append. */
export function openJournal(stateDirectory: string, options: JournalOptions = {}): Journal {
  const file = path.join(stateDirectory, 'journal.jsonl')
  const recordsOf = async (keys?: readonly string[]): Promise<JournalRecord[]> => {
    const {entries} = await readJournal(file)
    return pairResults(keys === undefined ? entries : entriesOf(entries, keys), entries)
  }
  return {
    file,
    append: (entry) => appendEntry(file, entry, options),
    read: () => readJournal(file),
    history: recordsOf,
    async openIntents(keys) {
      const records = await recordsOf(keys)
      return records.filter((record) => record.result === undefined).map((record) => record.intent)
    },
    async linkedKeys(keys) {
      const {entries} = await readJournal(file)
      return [...linkedKeys(keys, entries.map(keysOf))]
    },
    async privateFolder(id) {
      if (!/^[\w-]+$/.test(id)) throw new TypeError(`not the id of a journal entry: ${id}`)
      const folder = changeFolder(stateDirectory, id)
      try {
        await ensurePrivateDirectory(folder)
      } catch (error) {
        throw unwritable(folder, error)
      }
      return folder
    },
  }
}

/** Where `privateFolder` makes the folder of an entry, for whoever only looks. */
export function changeFolder(stateDirectory: string, id: string): string {
  return path.join(stateDirectory, 'changes', id)
}

function keysOf(entry: JournalEntry): readonly string[] {
  return entry.vch.keys
}

function entriesOf(entries: readonly JournalEntry[], keys: readonly string[]): JournalEntry[] {
  const linked = linkedKeys(keys, entries.map(keysOf))
  return entries.filter((entry) => touchesVch(entry.vch.keys, keys, linked))
}

/** A result counts wherever it stands: it names its intent, and its VCH may be known under more keys by then. */
function pairResults(chosen: readonly JournalEntry[], all: readonly JournalEntry[]): JournalRecord[] {
  const results = new Map<string, JournalEntry>()
  for (const entry of all) if (entry.kind === 'result' && entry.of !== undefined) results.set(entry.of, entry)
  return chosen
    .filter((entry) => entry.kind === 'intent')
    .map((intent) => {
      const result = results.get(intent.id)
      return result === undefined ? {intent} : {intent, result}
    })
}

async function readJournal(file: string): Promise<JournalContents> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {entries: [], problems: []}
    throw new VicnfsError('VN-JOURNAL-UNREADABLE', `The journal ${file} cannot be read`, {reason: messageOf(error)})
  }
  const entries: JournalEntry[] = []
  const problems: JournalProblem[] = []
  for (const [index, line] of text.split('\n').entries()) {
    if (line === '') continue
    const parsed = parseEntry(line)
    if (typeof parsed === 'string') problems.push({line: index + 1, reason: parsed})
    else entries.push(parsed)
  }
  return {entries, problems}
}

async function appendEntry(file: string, entry: NewJournalEntry, options: JournalOptions): Promise<string> {
  const at = (options.now?.() ?? new Date()).toISOString()
  const id = `${at.replace(/[-:.]/g, '')}-${randomBytes(4).toString('hex')}`
  const line = JSON.stringify({schemaVersion: 1, id, at, ...entry})
  refuseSecrets(line, options.secrets ?? [])
  try {
    await ensurePrivateDirectory(path.dirname(file))
    const isNew = await appendLine(file, line)
    if (isNew) await syncDirectory(path.dirname(file))
  } catch (error) {
    throw entry.kind === 'intent' ? unwritable(file, error) : unrecorded(file, entry, error)
  }
  return id
}

function unwritable(place: string, error: unknown): VicnfsError {
  const sentence = `The journal cannot be written in ${place}, so nothing was changed`
  return new VicnfsError('VN-JOURNAL-UNWRITABLE', sentence, {reason: messageOf(error)})
}

/** A result comes after its change: what was done is done, only the next run will have to look for itself. */
function unrecorded(place: string, entry: NewJournalEntry, error: unknown): VicnfsError {
  const sentence = `The journal cannot be written in ${place}: the end of this ${entry.action} could not be recorded`
  return new VicnfsError('VN-JOURNAL-UNWRITABLE', sentence, {
    reason: `${messageOf(error)}. The change itself was made, or failed, before that.`,
  })
}

/** @returns whether the file was empty before */
async function appendLine(file: string, line: string): Promise<boolean> {
  const handle = await open(file, 'a+', 0o600)
  try {
    const {size} = await handle.stat()
    // A run killed while writing leaves half a line; a new line keeps it from spoiling this entry.
    const separator = size > 0 && (await lastByte(handle, size)) !== NEWLINE ? '\n' : ''
    await handle.appendFile(`${separator}${line}\n`)
    await handle.sync()
    return size === 0
  } finally {
    await handle.close()
  }
}

const NEWLINE = 0x0a

async function lastByte(handle: FileHandle, size: number): Promise<number | undefined> {
  const {buffer} = await handle.read(Buffer.alloc(1), 0, 1, size - 1)
  return buffer[0]
}
