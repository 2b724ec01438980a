import {NFS_ERRORS} from '../../model/error-codes/nfs.js'
import {RUNG_TITLES} from '../../nfs/preflight/rung-titles.js'
import type {VchRung} from './report.js'

const MAX_FINDING = 2000
const STATES: readonly unknown[] = ['passed', 'failed', 'skipped']

/** What share-check says of the whole, in its last line. */
export interface CheckSummary {
  readonly passed: boolean
  readonly privilegedPort: boolean
  readonly readOnly: boolean
}

export interface CheckLog {
  /** In the order of the log, each once. */
  readonly rungs: readonly VchRung[]
  readonly summary?: CheckSummary
  /** Lines that are no JSON: what went wrong, in words. */
  readonly words: readonly string[]
}

/** A server's names may stand in it, so nothing in it may steer a terminal. */
const plain = (text: string): string => text.slice(0, MAX_FINDING).replace(/\p{Cc}/gu, ' ')

function asObject(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
}

function parsed(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return asObject(JSON.parse(line))
  } catch {
    return undefined
  }
}

/** A rung as share-check prints it; title and code are those of our own tables. */
function rungOf(value: unknown): VchRung | undefined {
  const {id, state, durationMs, finding, code} = asObject(value) ?? {}
  if (typeof id !== 'string' || !Object.hasOwn(RUNG_TITLES, id) || !STATES.includes(state)) return undefined
  if (typeof finding !== 'string' || typeof durationMs !== 'number' || !(durationMs >= 0)) return undefined
  const rung = {id, state, durationMs, finding: plain(finding)} as VchRung
  const known = typeof code === 'string' && Object.hasOwn(NFS_ERRORS, code) ? code : 'VN-NFS-STATUS'
  return {...rung, title: RUNG_TITLES[rung.id], ...(state === 'failed' ? {code: known} : {})}
}

function summaryOf(value: unknown): CheckSummary | undefined {
  const {passed, privilegedPort, readOnly} = asObject(value) ?? {}
  if (typeof passed !== 'boolean' || typeof privilegedPort !== 'boolean' || typeof readOnly !== 'boolean')
    return undefined
  return {passed, privilegedPort, readOnly}
}

/** Reads the log of a container that runs `share-check --json`, as far as it has come. */
export function readCheckLog(log: string): CheckLog {
  const rungs = new Map<string, VchRung>()
  const words: string[] = []
  let summary: CheckSummary | undefined
  for (const line of log.split('\n')) {
    const document = parsed(line)
    const rung = rungOf(document?.['rung'])
    if (rung !== undefined) rungs.set(rung.id, rung)
    summary = summaryOf(document?.['report']) ?? summary
    if (document === undefined && line.trim() !== '' && !line.startsWith('{')) words.push(plain(line))
  }
  return {rungs: [...rungs.values()], words, ...(summary === undefined ? {} : {summary})}
}
