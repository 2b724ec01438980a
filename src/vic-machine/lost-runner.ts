import {readdir, readlink, realpath} from 'node:fs/promises'
import {VicnfsError} from '../model/vicnfs-error.js'
import {identify, type ProcessIdentity} from './process-identity.js'

/** The runner was lost between starting vic-machine and writing down its pid. */
export function lostChange(folder: string, how: string): VicnfsError {
  return new VicnfsError('VN-VICMACHINE-LOST', `The runner of vic-machine was lost while it started it: ${how}.`, {
    recovery: [
      'See whether vic-machine runs: ps -ef | grep vic-machine',
      `Wait for its end; what it says is in ${folder}`,
      'Then run the same command again.',
    ],
  })
}

/**
 * The vic-machine of a runner that is gone: it works in the private folder of its change, where nobody else does.
 * @returns undefined when nobody works there
 * @throws VN-VICMACHINE-LOST where the system does not tell in which folder a process works
 */
export async function findLostVicMachine(folder: string): Promise<ProcessIdentity | undefined> {
  if (process.platform !== 'linux') throw lostChange(folder, 'it was killed')
  const wanted = await realpath(folder)
  for (const name of (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry))) {
    // Processes of other users and those that end meanwhile cannot be asked.
    const place = await readlink(`/proc/${name}/cwd`).catch(() => '')
    const found = place === wanted ? await identify(Number(name)) : undefined
    if (found !== undefined) return found
  }
  return undefined
}
