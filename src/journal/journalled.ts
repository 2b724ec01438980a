import {isVicnfsError} from '../model/vicnfs-error.js'
import type {NewJournalEntry} from './entry.js'
import type {Journal} from './journal.js'

/** What a change leaves in its result; never a secret. */
type Outcome = Readonly<Record<string, unknown>>

/**
 * Makes a change between its intent and its result, so that no intent of a run that was not killed stays open.
 * @param options.body makes the change and returns the facts for its result
 * @throws whatever `body` throws; VN-JOURNAL-UNWRITABLE, VN-JOURNAL-SECRET
 */
export async function journalled<T extends Outcome>(
  journal: Pick<Journal, 'append'>,
  intent: Omit<NewJournalEntry, 'kind' | 'of'>,
  options: {readonly body: () => Promise<T>},
): Promise<T> {
  const {action, vch} = intent
  const of = await journal.append({...intent, kind: 'intent'})
  let outcome: T
  try {
    outcome = await options.body()
  } catch (error) {
    const data = {outcome: 'failed', ...(isVicnfsError(error) ? {code: error.code} : {})}
    // Why the change failed matters more than that this could not be written down.
    await journal.append({kind: 'result', action, vch, of, data}).catch(() => undefined)
    throw error
  }
  await journal.append({kind: 'result', action, vch, of, data: outcome})
  return outcome
}
