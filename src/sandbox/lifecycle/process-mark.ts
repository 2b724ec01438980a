import {isSameProcess, signalProcess, startTicks} from '../containers/process-identity.js'

/** A process by number and start time, so that a recycled number is not taken for it. */
export interface ProcessMark {
  readonly pid: number
  /** Field 22 of /proc/PID/stat. */
  readonly startTicks: string
}

/** @returns undefined when there is no such process, or only its remains */
export function markOf(pid: number): ProcessMark | undefined {
  const ticks = startTicks(pid)
  return ticks === undefined ? undefined : {pid, startTicks: ticks}
}

/** What is read from a file may be anything. */
export function isProcessMark(value: unknown): value is ProcessMark {
  if (typeof value !== 'object' || value === null) return false
  const {pid, startTicks: ticks} = value as Partial<Record<keyof ProcessMark, unknown>>
  return Number.isInteger(pid) && Number(pid) > 0 && typeof ticks === 'string' && ticks !== ''
}

export function isAlive(mark: ProcessMark): boolean {
  return isSameProcess(mark.pid, mark.startTicks)
}

/** Signals the whole group of a leader, if it still is the one meant; gone already is no error. */
export function signalGroup(mark: ProcessMark, signal: NodeJS.Signals): void {
  if (isAlive(mark)) signalProcess(mark.pid, signal, {group: true})
}
