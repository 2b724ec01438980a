import {randomBytes} from 'node:crypto'
import {closeSync, existsSync, fdatasync, fdatasyncSync, openSync, readFileSync, renameSync, writeSync} from 'node:fs'
import {promisify} from 'node:util'
import type {Ownership} from './caller.js'

const syncData = promisify(fdatasync)

/** What the table knows of one file, beyond what the disk knows. */
export interface TableEntry extends Ownership {
  /** Tells apart two files that had the same inode number and birth time. */
  readonly generation: number
  /** Of an EXCLUSIVE create, in hex: its retransmission must succeed (RFC 1813 § 3.3.8). */
  readonly verifier?: string
}

/**
 * The side table: owner and mode of files as NFS clients see them, keyed by inode identity.
 * The server may run as an ordinary user, the files on disk are then all its own.
 */
export interface AttributeTable {
  /** Signs file handles; made once, so that handles outlive the server process. */
  readonly handleSecret: Buffer
  get(key: string): TableEntry | undefined
  set(key: string, entry: TableEntry): void
  /** Forgets a file whose last name is gone. */
  remove(key: string): void
  /** Generation of a file that exists. */
  generation(key: string): number
  /** Generation for a file that was just made. */
  nextGeneration(key: string): number
  /** Everything so far on stable storage. */
  sync(): Promise<void>
  close(): void
}

const SCHEMA = 1
const TOMBSTONE_LIMIT = 65_536

type Line = readonly [key: string, uid: number, gid: number, mode: number, generation: number, verifier?: string]

function encodeLine(key: string, entry: TableEntry): string {
  const line: Line = [key, entry.uid, entry.gid, entry.mode, entry.generation]
  return `${JSON.stringify(entry.verifier === undefined ? line : [...line, entry.verifier])}\n`
}

function decodeLine(text: string): {key: string; entry?: TableEntry} {
  const value: unknown = JSON.parse(text)
  if (!Array.isArray(value) || typeof value[0] !== 'string') throw new Error('not an entry')
  if (value.length === 1) return {key: value[0]}
  const [key, uid, gid, mode, generation, verifier] = value as unknown as Line
  if (![uid, gid, mode, generation].every((part) => Number.isInteger(part))) throw new Error('not an entry')
  return {key, entry: {uid, gid, mode, generation, ...(verifier === undefined ? {} : {verifier})}}
}

interface Loaded {
  readonly secret: Buffer
  readonly entries: Map<string, TableEntry>
}

function load(file: string): Loaded {
  const entries = new Map<string, TableEntry>()
  if (!existsSync(file)) return {secret: randomBytes(32), entries}
  const lines = readFileSync(file, 'utf8').split('\n')
  // What follows the last line break is a line that a killed server did not finish.
  lines.pop()
  const header = JSON.parse(lines.shift() ?? 'null') as {attributes?: number; secret?: string} | null
  if (header?.attributes !== SCHEMA || typeof header.secret !== 'string')
    throw new Error(`${file} is no attribute table of schema ${SCHEMA}`)
  for (const [index, text] of lines.entries()) {
    try {
      const {key, entry} = decodeLine(text)
      if (entry === undefined) entries.delete(key)
      else entries.set(key, entry)
    } catch {
      throw new Error(`${file}, line ${index + 2}: damaged`)
    }
  }
  return {secret: Buffer.from(header.secret, 'hex'), entries}
}

/** Writes the table anew and puts it in place; @returns a descriptor that appends to it. */
function compact(file: string, {secret, entries}: Loaded): number {
  const draft = `${file}.new`
  const fd = openSync(draft, 'w', 0o600)
  const header = `${JSON.stringify({attributes: SCHEMA, secret: secret.toString('hex')})}\n`
  writeSync(fd, header + [...entries].map(([key, entry]) => encodeLine(key, entry)).join(''))
  fdatasyncSync(fd)
  renameSync(draft, file)
  return fd
}

/**
 * Opens the table, or makes it. Each change is one line appended at once, so a killed server forgets nothing.
 * @throws Error for a file that is no table or is damaged before its end
 */
export function openAttributeTable(file: string): AttributeTable {
  const loaded = load(file)
  const {entries} = loaded
  const fd = compact(file, loaded)
  const removed = new Map<string, number>()
  return {
    handleSecret: loaded.secret,
    get: (key) => entries.get(key),
    set(key, entry) {
      entries.set(key, entry)
      writeSync(fd, encodeLine(key, entry))
    },
    remove(key) {
      if (removed.size >= TOMBSTONE_LIMIT) removed.delete(removed.keys().next().value ?? '')
      removed.set(key, entries.get(key)?.generation ?? 0)
      if (entries.delete(key)) writeSync(fd, `${JSON.stringify([key])}\n`)
    },
    generation: (key) => entries.get(key)?.generation ?? (removed.get(key) ?? -1) + 1,
    nextGeneration: (key) => (entries.get(key)?.generation ?? removed.get(key) ?? -1) + 1,
    sync: () => syncData(fd),
    close() {
      fdatasyncSync(fd)
      closeSync(fd)
    },
  }
}
