import type {JournalEntry} from '../../journal/entry.js'
import type {Journal} from '../../journal/journal.js'
import type {ShareAddress} from '../../nfs/preflight/report.js'
import {pathRelation} from './store-place.js'

type Outcome = 'done' | 'undone'

/** Where a record was to be written; undefined for any other entry. */
function placeOfWrite({action, data}: JournalEntry): Partial<ShareAddress> | undefined {
  return action === 'record-write' ? (data['place'] ?? {}) : undefined
}

async function end(journal: Pick<Journal, 'append'>, {id, action, vch}: JournalEntry, outcome: Outcome): Promise<void> {
  await journal.append({kind: 'result', action, vch: {keys: vch.keys}, of: id, data: {outcome}})
}

/**
 * Ends in the journal what a run that was killed left open: the record is on the share now (`done`), or off it
 * (`undone`), and nobody is to look for it again. A share that has come back at another address is known by the label
 * and the folder of its store.
 */
export async function endRecordWrites(
  journal: Pick<Journal, 'append' | 'openIntents'>,
  vch: {readonly keys: readonly string[]},
  options: {readonly label: string; readonly place: ShareAddress; readonly outcome: Outcome},
): Promise<void> {
  const {label, place, outcome} = options
  for (const entry of await journal.openIntents(vch.keys)) {
    const {host, path} = placeOfWrite(entry) ?? {}
    if (path !== place.path || (host !== place.host && entry.data['label'] !== label)) continue
    await end(journal, entry, outcome)
  }
}

/**
 * The same for a share whose server container is gone, and which no VCH lists: whoever serves it again reads its records
 * from it.
 * @param server the share, with the keys of its server VCH, and where it was served last
 */
export async function endWritesOn(
  journal: Pick<Journal, 'append' | 'history'>,
  server: {readonly share: string; readonly keys: readonly string[]; readonly hosts: readonly string[]; path: string},
): Promise<void> {
  const {share, keys, path, hosts: last} = server
  const records = await journal.history()
  const ofShare = records.filter(
    ({intent}) => intent.data['share'] === share && intent.vch.keys.some((key) => keys.includes(key)),
  )
  const hosts = new Set<unknown>([...last, ...ofShare.map(({intent}) => intent.data['address'])])
  for (const {intent, result} of records) {
    const place = placeOfWrite(intent)
    if (result !== undefined || place?.path === undefined || !hosts.has(place.host)) continue
    if (['same', 'below'].includes(pathRelation(place.path, path))) await end(journal, intent, 'undone')
  }
}
