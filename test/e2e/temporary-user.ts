import {execFile} from 'node:child_process'
import {readdir, stat} from 'node:fs/promises'
import {promisify} from 'node:util'

const execute = promisify(execFile)

/** An ordinary user of this machine, for the time of a test. */
export interface TemporaryUser {
  readonly uid: number
  readonly gid: number
  /** Processes of the user, by number. */
  processes(): Promise<readonly string[]>
  remove(): Promise<void>
}

/** Makes a user without password and home. @throws Error when this is not root */
export async function makeTemporaryUser(): Promise<TemporaryUser> {
  const name = `vicnfs-e2e-${process.pid}`
  await execute('/usr/sbin/useradd', ['--no-create-home', '--home-dir', '/nonexistent', '--user-group', name])
  const idOf = async (option: string) => Number((await execute('id', [option, name])).stdout)
  const uid = await idOf('-u')
  return {
    uid,
    gid: await idOf('-g'),
    processes: async () => {
      const found: string[] = []
      for (const pid of (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry))) {
        // A process may end while it is looked at.
        const owner = await stat(`/proc/${pid}`).catch(() => undefined)
        if (owner?.uid === uid) found.push(pid)
      }
      return found
    },
    remove: async () => void (await execute('/usr/sbin/userdel', [name])),
  }
}
