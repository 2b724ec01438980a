import {isVicnfsError, messageOf} from '../model/vicnfs-error.js'
import type {JournalAction} from './entry.js'
import type {Journal} from './journal.js'

/** A change of reality that is written down before it is made (S6). */
export interface JournalledChange {
  readonly action: JournalAction
  /** Keys of the VCH that it is made on. */
  readonly keys: readonly string[]
  readonly data: Readonly<Record<string, unknown>>
}

/**
 * Makes a change between its intent and its result; only a run that was killed leaves the intent open.
 * @throws whatever `body` throws; VN-JOURNAL-UNWRITABLE, VN-JOURNAL-SECRET
 */
export async function journalled<T>(
  journal: Pick<Journal, 'append'>,
  change: JournalledChange,
  body: () => Promise<T>,
): Promise<T> {
  const {action, keys, data} = change
  const vch = {keys}
  const of = await journal.append({kind: 'intent', action, vch, data})
  let made: T
  try {
    made = await body()
  } catch (error) {
    const failed = {outcome: 'failed', ...(isVicnfsError(error) ? {code: error.code} : {reason: messageOf(error)})}
    // Why the change failed matters more than that this could not be written down.
    await journal.append({kind: 'result', action, vch, of, data: failed}).catch(() => undefined)
    throw error
  }
  await journal.append({kind: 'result', action, vch, of, data: {outcome: 'done'}})
  return made
}
