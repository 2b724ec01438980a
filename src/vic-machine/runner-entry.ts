import {existsSync} from 'node:fs'
import {programFile} from '../model/installation.js'
import {VicnfsError} from '../model/vicnfs-error.js'

/**
 * Path of the runner of vic-machine, which is a process of its own.
 * @throws VN-VICMACHINE-MISSING when vicnfs itself is not built completely
 */
export function runnerEntry(file = programFile('src/vic-machine/runner.js')): string {
  if (existsSync(file)) return file
  throw new VicnfsError('VN-VICMACHINE-MISSING', `The part of vicnfs that runs vic-machine is missing (${file}).`, {
    reason: 'vicnfs was not built completely.',
    tries: ['npm run build'],
  })
}
