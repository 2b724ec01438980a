import type {Work} from '../engine/work.js'
import {lockVch} from '../journal/lock.js'
import type {Adapters} from './adapters.js'

/** How long another vicnfs may hold a VCH before we give up; a configure takes up to a quarter of an hour. */
const LOCK_TIMEOUT_MS = 20 * 60_000

/** Name of a VCH known by its Docker endpoint alone. */
export function endpointKey(endpoint: string): string {
  return `endpoint:${endpoint}`
}

/**
 * Runs `body` while this process alone may change the VCHs of these keys and of all that the journal links to them (S7).
 * @param options.held keys that the caller holds already
 * @throws VN-JOURNAL-LOCKED
 */
export async function withVchLock<T>(
  adapters: Pick<Adapters, 'stateDirectory' | 'journal'>,
  keys: readonly string[],
  options: {
    readonly work: Work
    readonly held?: ReadonlySet<string>
    readonly body: (held: ReadonlySet<string>) => Promise<T>
  },
): Promise<T> {
  const {work, body, held = new Set<string>()} = options
  const linked = await adapters.journal.linkedKeys(keys)
  const wanted = [...new Set([...keys, ...linked])].filter((key) => !held.has(key))
  if (wanted.length === 0) return body(held)
  const release = await lockVch(adapters.stateDirectory, wanted, {
    signal: work.signal,
    timeoutMs: LOCK_TIMEOUT_MS,
    onWait: (text) => {
      work.note('info', text)
    },
  })
  try {
    return await body(new Set([...held, ...wanted]))
  } finally {
    await release()
  }
}
