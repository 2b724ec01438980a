import type {Journal} from '../../journal/journal.js'
import type {ShareAddress} from '../../nfs/preflight/report.js'

/**
 * Ends in the journal what a run that was killed left open: the record is on the share now (`done`), or off it
 * (`undone`), and nobody is to look for it again.
 */
export async function endRecordWrites(
  journal: Pick<Journal, 'append' | 'openIntents'>,
  vch: {readonly keys: readonly string[]},
  options: {readonly place: ShareAddress; readonly outcome: 'done' | 'undone'},
): Promise<void> {
  const {place, outcome} = options
  for (const {action, id, data} of await journal.openIntents(vch.keys)) {
    const {host, path} = (data['place'] ?? {}) as Partial<ShareAddress>
    if (action !== 'record-write' || host !== place.host || path !== place.path) continue
    await journal.append({kind: 'result', action, vch: {keys: vch.keys}, of: id, data: {outcome}})
  }
}
