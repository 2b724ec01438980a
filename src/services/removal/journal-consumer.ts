import type {Journal} from '../../journal/journal.js'
import {parseStoreArgument} from '../../model/volume-store.js'
import type {ShareAddress} from '../../nfs/preflight/report.js'
import {listsPlace} from '../registration/record.js'

/** Whether the journal has a registration of this place by the VCH of these keys: then it names the consumer (DESIGN § 4). */
export async function journalKnowsConsumer(
  journal: Journal,
  place: ShareAddress,
  keys: readonly string[],
): Promise<boolean> {
  const records = await journal.history(keys)
  return records.some((record) => {
    const added = record.intent.action === 'configure' ? record.intent.data['addedStores'] : undefined
    if (!Array.isArray(added)) return false
    const stores = added.filter((text) => typeof text === 'string').map((text: string) => parseStoreArgument(text))
    return listsPlace(stores, place)
  })
}
