import {CHANGE_FILES, hasStarted, readWhole, type ChangeClaimed, type ChangeEnded} from './change-folder.js'
import {findLostVicMachine} from './lost-runner.js'
import {isAlive} from './process-identity.js'

/**
 * Who is at work on a change, looked at only. `findChange` is no look: it takes a change that has been asked for and not
 * begun away from its runner, which would break off the registration of somebody who is just starting one.
 * @returns the pid of vic-machine, or of the runner that is about to start it; undefined when nobody is at work
 */
export async function livingChange(folder: string): Promise<{readonly pid: number} | undefined> {
  const claimed = await readWhole<ChangeClaimed>(folder, CHANGE_FILES.started)
  if (claimed === undefined) return undefined
  if (hasStarted(claimed)) return (await isAlive(claimed.vicMachine)) ? {pid: claimed.vicMachine.pid} : undefined
  const {runner} = claimed
  if (runner === undefined) return undefined
  if (await isAlive(runner)) return {pid: runner.pid}
  if ((await readWhole<ChangeEnded>(folder, CHANGE_FILES.ended)) !== undefined) return undefined
  // Its runner was lost before it wrote down whom it started; where the system does not tell, nobody is known.
  const lost = await findLostVicMachine(folder).catch(() => undefined)
  return lost === undefined ? undefined : {pid: lost.pid}
}
