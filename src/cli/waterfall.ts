import {formatDuration} from '../model/duration.js'
import type {TimedStep} from '../model/timings.js'
import type {Look} from './look.js'
import {table} from './table.js'

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
