import {execFile} from 'node:child_process'
import {readFile} from 'node:fs/promises'
import {errnoOf} from './errno.js'

/** A process, told from a later one with the same pid. */
export interface ProcessIdentity {
  readonly pid: number
  /** Start time: clock ticks since boot and the boot's id on Linux, else what `ps` says; absent where neither is known. */
  readonly startedAt?: string
}

/** Identity of a living process; undefined when it is gone or a zombie. */
export async function identify(pid: number): Promise<ProcessIdentity | undefined> {
  if (process.platform === 'linux') {
    const startedAt = await linuxStart(pid)
    return startedAt === undefined ? undefined : {pid, startedAt}
  }
  if (!exists(pid)) return undefined
  const startedAt = process.platform === 'win32' ? undefined : await startByPs(pid)
  return {pid, ...(startedAt === undefined ? {} : {startedAt})}
}

/** True while this very process lives. */
export async function isAlive(identity: ProcessIdentity): Promise<boolean> {
  const now = await identify(identity.pid)
  return now !== undefined && (identity.startedAt === undefined || now.startedAt === identity.startedAt)
}

/** Field 22 of /proc/PID/stat, counted after the command, which may hold blanks and parentheses. */
async function linuxStart(pid: number): Promise<string | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    if (fields[0] === 'Z' || fields[0] === 'X') return undefined
    const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '')
    return `${fields[19]}@${boot.trim()}`
  } catch {
    return undefined
  }
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return errnoOf(error) === 'EPERM'
  }
}

function startByPs(pid: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile('ps', ['-o', 'lstart=', '-p', String(pid)], (error, stdout) => {
      resolve(error === null && stdout.trim() !== '' ? stdout.trim() : undefined)
    })
  })
}
