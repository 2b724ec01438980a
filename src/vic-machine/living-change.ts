import {CHANGE_FILES, readWhole, type ChangeClaimed} from './change-folder.js'
import {isAlive, type ProcessIdentity} from './process-identity.js'

/**
 * Who works on a change right now: vic-machine, or the runner that is about to start it. Only looks, where `findChange`
 * gives a change up for good that nobody has begun.
 * @param folder the private folder of the change
 * @returns undefined when nobody does
 */
export async function livingChange(folder: string): Promise<ProcessIdentity | undefined> {
  const claimed = (await readWhole<ChangeClaimed>(folder, CHANGE_FILES.started)) ?? {}
  for (const identity of [claimed.vicMachine, claimed.runner]) {
    if (identity !== undefined && (await isAlive(identity))) return identity
  }
  return undefined
}
