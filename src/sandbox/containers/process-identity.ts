import {readFileSync} from 'node:fs'

/** Field 22 of /proc/PID/stat, the start time in clock ticks; undefined when there is no such process or it is a zombie. */
export function startTicks(pid: number): string | undefined {
  let text: string
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8')
  } catch {
    return undefined
  }
  // The command name (field 2) may hold blanks and parentheses, so count from the last one.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19]
}

/** Whether `pid` still is the process that had `ticks`, not a later one of the same number. */
export function isSameProcess(pid: number, ticks: string): boolean {
  return startTicks(pid) === ticks
}

/** Signals a process group (or one process); gone already is no error. */
export function signalProcess(pid: number, signal: NodeJS.Signals, {group}: {readonly group: boolean}): void {
  try {
    process.kill(group ? -pid : pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
