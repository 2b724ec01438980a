import {formatDuration} from '../model/duration.js'
import type {WorkEvent} from '../model/event.js'
import type {Look} from './look.js'
import {table} from './table.js'

/** One step on the time line. */
export interface TimedStep {
  readonly title: string
  /** Since the first step began. */
  readonly startMs: number
  readonly durationMs: number
}

export interface Timings {
  readonly onEvent: (event: WorkEvent) => void
  readonly steps: () => readonly TimedStep[]
}

/** Collects when each step ran, from the events of the work. */
export function createTimings(now: () => number = () => performance.now()): Timings {
  const steps: TimedStep[] = []
  let originMs: number | undefined
  return {
    onEvent(event) {
      if (event.type === 'step.started') originMs ??= now()
      if (event.type !== 'step.done' && event.type !== 'step.failed') return
      const startMs = Math.max(0, now() - (originMs ?? 0) - event.durationMs)
      steps.push({title: event.title, startMs, durationMs: event.durationMs})
    },
    steps: () => steps,
  }
}

/** A line a step: title, its bar on a common time line, its time; then the total. Nothing without steps. */
export function waterfall(steps: readonly TimedStep[], look: Look): string[] {
  if (steps.length === 0) return []
  const totalMs = Math.max(...steps.map((step) => step.startMs + step.durationMs))
  const barWidth = Math.max(10, Math.min(40, look.width - 50))
  const rows = steps.map((step) => [
    step.title,
    bar(step, {totalMs, barWidth, mark: look.marks.bar}),
    formatDuration(step.durationMs),
  ])
  return table([...rows, ['total', '', formatDuration(totalMs)]], {align: ['left', 'left', 'right']})
}

function bar(step: TimedStep, scale: {totalMs: number; barWidth: number; mark: string}): string {
  const perMs = scale.totalMs === 0 ? 0 : scale.barWidth / scale.totalMs
  const before = Math.min(scale.barWidth - 1, Math.floor(step.startMs * perMs))
  const length = Math.max(1, Math.min(scale.barWidth - before, Math.round(step.durationMs * perMs)))
  return ' '.repeat(before) + scale.mark.repeat(length)
}
