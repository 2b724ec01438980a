import {readFileSync} from 'node:fs'

/** A process by number and start time, so that a recycled number is not taken for it. */
export interface ProcessMark {
  readonly pid: number
  /** Field 22 of /proc/PID/stat. */
  readonly startTicks: string
}

/** @returns undefined when there is no such process, or only its remains */
export function markOf(pid: number): ProcessMark | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The command name may hold blanks and parentheses, so count from the last one.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    const startTicks = fields[19]
    return startTicks === undefined || fields[0] === 'Z' || fields[0] === 'X' ? undefined : {pid, startTicks}
  } catch {
    return undefined
  }
}

export function isAlive(mark: ProcessMark): boolean {
  return markOf(mark.pid)?.startTicks === mark.startTicks
}

/** Signals the process if it still is the one meant; gone already is no error. */
export function signalMarked(mark: ProcessMark, signal: NodeJS.Signals): void {
  if (!isAlive(mark)) return
  try {
    process.kill(mark.pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
