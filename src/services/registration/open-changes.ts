import type {JournalEntry} from '../../journal/entry.js'
import type {Journal} from '../../journal/journal.js'

const CHANGES = new Set(['configure', 'rollback', 'reset-progress'])

/** Changes through vic-machine that the journal knows as begun and not as ended, oldest first. */
export async function openChanges(
  journal: Pick<Journal, 'openIntents'>,
  keys: readonly string[],
): Promise<JournalEntry[]> {
  return (await journal.openIntents(keys)).filter((entry) => CHANGES.has(entry.action))
}
