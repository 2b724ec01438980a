import {createHash, randomBytes} from 'node:crypto'
import {readFileSync, readlinkSync} from 'node:fs'
import os from 'node:os'

/** Who holds a lock, as written into the lock file. */
export interface LockHolder {
  readonly pid: number
  readonly host: string
  /** Linux: which machine it is, since host names are given twice; a hash, as machine-id(5) asks for. */
  readonly machine?: string
  /** Linux: when the machine was booted (its boot id); else absent. */
  readonly boot?: string
  /** Linux: where the pid is a number of (pid_namespaces(7)): containers of one machine do not see each other's. */
  readonly namespace?: string
  /** Linux: start of the process in clock ticks since boot, which tells a recycled pid; else absent. */
  readonly startTicks?: number
  readonly command: string
  readonly key: string
  readonly at: string
  /** Tells two holdings by one process apart. */
  readonly nonce: string
}

/** This process as the holder of the lock on `key`. */
export function describeHolder(key: string): LockHolder {
  const {ticks: startTicks} = statOf(process.pid)
  const here = {machine: machineHash(), boot: bootId(), namespace: pidNamespace(), startTicks}
  const known = Object.fromEntries(Object.entries(here).filter(([, value]) => value !== undefined))
  return {
    pid: process.pid,
    host: os.hostname(),
    ...known,
    command: commandName(process.argv),
    key,
    at: new Date().toISOString(),
    nonce: randomBytes(8).toString('hex'),
  }
}

/** The words of the command line before the first flag: flags may carry what belongs to nobody else. */
function commandName(argv: readonly string[]): string {
  const words = argv.slice(2)
  const firstFlag = words.findIndex((word) => word.startsWith('-'))
  return ['vicnfs', ...words.slice(0, firstFlag === -1 ? words.length : firstFlag)].join(' ')
}

/** Reads a lock file's text; undefined when it is none. */
export function parseHolder(text: string): LockHolder | undefined {
  try {
    const value = JSON.parse(text) as Partial<LockHolder> | null
    return typeof value?.pid === 'number' && typeof value.nonce === 'string' && typeof value.host === 'string'
      ? (value as LockHolder)
      : undefined
  } catch {
    return undefined
  }
}

const differ = (a: string | undefined, b: string | undefined): boolean => a !== undefined && b !== undefined && a !== b

function isOnOtherMachine({host, machine}: LockHolder): boolean {
  return host !== os.hostname() || differ(machine, machineHash())
}

/** Why it cannot be seen from here whether the holder lives; undefined where it can. */
export function whyOutOfSight(holder: LockHolder): string | undefined {
  if (isOnOtherMachine(holder)) return `It runs on another machine (${holder.host})`
  if (differ(holder.boot, bootId())) return undefined
  return differ(holder.namespace, pidNamespace()) ? 'It runs in another container of this machine' : undefined
}

/** True when the holder's process is gone for certain; one that cannot be seen from here counts as alive. */
export function isGone(holder: LockHolder): boolean {
  if (isOnOtherMachine(holder)) return false
  if (differ(holder.boot, bootId())) return true
  if (whyOutOfSight(holder) !== undefined) return false
  if (!processExists(holder.pid)) return true
  const {state, ticks} = statOf(holder.pid)
  // A zombie holds nothing any more, and stays as long as its parent likes.
  if (state === 'Z' || state === 'X') return true
  return holder.startTicks !== undefined && ticks !== undefined && ticks !== holder.startTicks
}

function processExists(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** Fields 3 and 22 of /proc/<pid>/stat (proc(5)); the name in field 2 may itself contain blanks and parentheses. */
function statOf(pid: number): {readonly state?: string | undefined; readonly ticks?: number} {
  const stat = readOrUndefined(`/proc/${String(pid)}/stat`)
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')
  const ticks = Number(fields?.[19])
  return {state: fields?.[0], ...(Number.isFinite(ticks) ? {ticks} : {})}
}

function machineHash(): string | undefined {
  const id = readOrUndefined('/etc/machine-id')?.trim() ?? ''
  return id === '' ? undefined : createHash('sha256').update(`vicnfs ${id}`).digest('hex').slice(0, 16)
}

function pidNamespace(): string | undefined {
  try {
    return readlinkSync('/proc/self/ns/pid')
  } catch {
    return undefined
  }
}

function bootId(): string | undefined {
  return readOrUndefined('/proc/sys/kernel/random/boot_id')?.trim()
}

function readOrUndefined(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}
