import type {Journal} from '../../journal/journal.js'
import type {VolumeStore} from '../../model/volume-store.js'

/** What took a record away, or its share: nothing is left to be taken off. */
const CLEARED = new Set(['record-remove', 'server-remove'])

interface Place {
  readonly host?: unknown
  readonly path?: unknown
}

/**
 * The stores whose record may still be on their share: it was written, and nothing since has taken it off. Without a
 * journalled record the share is looked at, too: the journal may be another machine's.
 */
export async function recordsLeft(
  journal: Pick<Journal, 'history'>,
  vch: {readonly keys: readonly string[]},
  gone: readonly VolumeStore[],
): Promise<VolumeStore[]> {
  // A run that was killed while it wrote a record may have written it.
  const done = (await journal.history()).filter(({intent, result}) =>
    result === undefined ? intent.action === 'record-write' : result.data['outcome'] === 'done',
  )
  return gone.filter((store) => {
    if (store.scheme !== 'nfs') return false
    const last = done.findLast(({intent: {action, data, vch: of}}) => {
      const {host, path} = (data['place'] ?? {host: data['address'], path: data['path']}) as Place
      if (host !== store.host || path !== store.path) return false
      if (action === 'server-remove') return true
      return (action === 'record-write' || action === 'record-remove') && of.keys.some((key) => vch.keys.includes(key))
    })
    return last === undefined || !CLEARED.has(last.intent.action)
  })
}
