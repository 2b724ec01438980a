import type {Work} from '../engine/work.js'
import {lockVch} from '../journal/lock.js'
import {locksNow} from '../journal/lock-sight.js'
import {holderText} from '../journal/lock-words.js'
import {isVicnfsError} from '../model/vicnfs-error.js'
import {endpointPlaces} from '../vch/endpoint/same-endpoint.js'
import type {Adapters} from './adapters.js'

/** How long another vicnfs may hold a VCH before we give up; a configure takes up to a quarter of an hour. */
const LOCK_TIMEOUT_MS = 20 * 60_000

const ENDPOINT = 'endpoint:'

/** Name of a VCH known by its Docker endpoint alone. */
export function endpointKey(endpoint: string): string {
  return `${ENDPOINT}${endpoint}`
}

/** The keys with each endpoint's places after name resolution added: one Docker API has many spellings (S7, S10). */
export async function resolvedKeys(
  keys: readonly string[],
  options: {readonly signal: AbortSignal; readonly lookup?: (host: string) => Promise<readonly string[]>},
): Promise<string[]> {
  const endpoints = keys.filter((key) => key.startsWith(ENDPOINT)).map((key) => key.slice(ENDPOINT.length))
  const places = await Promise.all(endpoints.map((endpoint) => endpointPlaces(endpoint, options)))
  return [...new Set([...keys, ...places.flat().map(endpointKey)])]
}

/** A run of vicnfs that has a VCH locked right now. */
export interface Run {
  /** Who it is, for the middle of a sentence: its command, process and machine, and since when. */
  readonly text: string
  /** Whether it was at work at this time already, so that what began then is its own. */
  isOlderThan(at: string): boolean
}

/** The run that has a VCH locked right now; the lock of one that is gone counts for nothing (S7). */
export async function runOn(stateDirectory: string, keys: readonly string[]): Promise<Run | undefined> {
  const [lock] = (await locksNow(stateDirectory, keys)).filter(({gone}) => !gone)
  if (lock?.holder === undefined) return undefined
  const {holder, outOfSight} = lock
  const text = `${holderText(holder)}${outOfSight === undefined ? '' : ', unless it is gone, which cannot be seen from here'}`
  const isOlderThan = (at: string): boolean => Date.parse(holder.at) <= Date.parse(at)
  return {text, isOlderThan}
}

/** The lock of a run; taken anew when it has to grow while another run holds a part of it. */
interface Holding {
  keys: ReadonlySet<string>
  release: () => Promise<void>
}

const holdings = new WeakMap<ReadonlySet<string>, Holding>()

interface LockOptions<T> {
  readonly work: Work
  /** Keys that the caller holds already. */
  readonly held?: ReadonlySet<string>
  /** @param state.regained the caller's lock was given up for a while: what was seen under it may not hold any more */
  readonly body: (held: ReadonlySet<string>, state: {readonly regained: boolean}) => Promise<T>
}

/**
 * Runs `body` while this process alone may change the VCHs of these keys and of all that the journal links to them (S7).
 * @throws VN-JOURNAL-LOCKED
 */
export async function withVchLock<T>(
  adapters: Pick<Adapters, 'stateDirectory' | 'journal'>,
  keys: readonly string[],
  options: LockOptions<T>,
): Promise<T> {
  const {work, body, held = new Set<string>()} = options
  const outer = holdings.get(held)
  const own = outer?.keys ?? held
  const known = await resolvedKeys(keys, {signal: work.signal})
  const wanted = [...new Set([...known, ...(await adapters.journal.linkedKeys(known))])].filter((key) => !own.has(key))
  if (outer !== undefined) {
    const regained = wanted.length > 0 && !(await growLock(adapters, outer, {work, wanted}))
    return body(outer.keys, {regained})
  }
  if (wanted.length === 0) return body(own, {regained: false})
  const release = await takeLock(adapters, wanted, {work, timeoutMs: LOCK_TIMEOUT_MS})
  const holding = {keys: new Set([...own, ...wanted]), release}
  holdings.set(holding.keys, holding)
  try {
    return await body(holding.keys, {regained: false})
  } finally {
    await holding.release()
  }
}

/**
 * Adds keys to a lock: without waiting where they are free. Else everything is given up and taken anew in order, since
 * whoever waits for one key while holding others may wait for a run that waits for him.
 * @returns whether the lock was held all the time
 */
async function growLock(
  adapters: Pick<Adapters, 'stateDirectory'>,
  holding: Holding,
  options: {readonly work: Work; readonly wanted: readonly string[]},
): Promise<boolean> {
  const {work, wanted} = options
  const all = new Set([...holding.keys, ...wanted])
  holdings.set(all, holding)
  const before = holding.release
  try {
    const release = await takeLock(adapters, wanted, {work, timeoutMs: 0})
    holding.keys = all
    holding.release = async () => {
      await release()
      await before()
    }
    return true
  } catch (error) {
    if (!isVicnfsError(error) || error.code !== 'VN-JOURNAL-LOCKED') throw error
  }
  holding.release = () => Promise.resolve()
  await before()
  holding.release = await takeLock(adapters, [...all], {work, timeoutMs: LOCK_TIMEOUT_MS})
  holding.keys = all
  return false
}

function takeLock(
  adapters: Pick<Adapters, 'stateDirectory'>,
  keys: readonly string[],
  options: {readonly work: Work; readonly timeoutMs: number},
): Promise<() => Promise<void>> {
  const {work, timeoutMs} = options
  return lockVch(adapters.stateDirectory, keys, {
    signal: work.signal,
    timeoutMs,
    onWait: (text) => {
      work.note('info', text)
    },
  })
}
