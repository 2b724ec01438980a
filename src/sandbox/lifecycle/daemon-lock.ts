import {VicnfsError} from '../../model/vicnfs-error.js'
import {takeLock} from './file-lock.js'
import {isAlive} from './process-mark.js'
import {daemonFile, readDaemonMark} from './sandbox-directory.js'

/** A holder that is gone may be found several times, while others look for it, too. */
const ATTEMPTS = 20

/**
 * Makes this process the one that runs the sandbox; its mark in `daemon.json` is the lock. It must come before
 * anything else, since two daemons on one state would undo each other's work.
 * @throws VN-SANDBOX-START when another one runs it
 */
export function becomeDaemon(directory: string): void {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const other = readDaemonMark(directory)
    if (other !== undefined && other.pid !== process.pid && isAlive(other)) break
    if (takeLock(daemonFile(directory))) return
  }
  throw new VicnfsError('VN-SANDBOX-START', `Another process runs the sandbox in ${directory} already.`)
}
