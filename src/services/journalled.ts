import type {Journal} from '../journal/journal.js'
import {messageOf} from '../model/vicnfs-error.js'

/** A change of reality that is written down before it is made (S6). */
export interface JournalledChange {
  readonly action: string
  /** Keys of the VCH that it is made on. */
  readonly keys: readonly string[]
  readonly data: Readonly<Record<string, unknown>>
}

/** Makes a change between an intent and a result in the journal; only a run that was killed leaves the intent open. */
export async function journalled<T>(journal: Journal, change: JournalledChange, body: () => Promise<T>): Promise<T> {
  const {action, keys, data} = change
  const vch = {keys}
  const of = await journal.append({kind: 'intent', action, vch, data})
  try {
    const made = await body()
    await journal.append({kind: 'result', action, vch, of, data: {outcome: 'done'}})
    return made
  } catch (error) {
    const failed = {outcome: 'failed', reason: messageOf(error)}
    // What went wrong is said in any case; a journal that cannot be written adds nothing to it.
    await journal.append({kind: 'result', action, vch, of, data: failed}).catch(() => undefined)
    throw error
  }
}
