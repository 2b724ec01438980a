import {execFile} from 'node:child_process'
import {randomBytes} from 'node:crypto'
import {readdir, readFile} from 'node:fs/promises'
import {promisify} from 'node:util'

const execute = promisify(execFile)

/** An ordinary user of this machine, for the time of a test. */
export interface TemporaryUser {
  readonly uid: number
  readonly gid: number
  /** Processes of the user, by number. */
  processes(): Promise<readonly string[]>
  /** Removes the user. */
  close(): Promise<void>
}

/** Makes a user without password and home. @throws Error when this is not root */
export async function makeTemporaryUser(): Promise<TemporaryUser> {
  const name = `vicnfs-e2e-${randomBytes(4).toString('hex')}`
  await execute('/usr/sbin/useradd', ['--no-create-home', '--home-dir', '/nonexistent', '--user-group', name])
  const idOf = async (option: string) => Number((await execute('id', [option, name])).stdout)
  const uid = await idOf('-u')
  return {
    uid,
    gid: await idOf('-g'),
    processes: () => processesOf(uid),
    // By force: one that has ended, and that nobody has asked for yet, counts as a process to it.
    close: async () => void (await execute('/usr/sbin/userdel', ['--force', name])),
  }
}

/** proc(5): the user in `status`; those that have ended and wait to be asked for are left out. */
async function processesOf(uid: number): Promise<readonly string[]> {
  const found: string[] = []
  for (const pid of (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry))) {
    // A process may end while it is looked at.
    const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
    const isTheirs = new RegExp(`^Uid:\\t${uid}\\t`, 'm').test(status)
    if (isTheirs && !/^State:\t[ZX] /m.test(status)) found.push(pid)
  }
  return found
}
