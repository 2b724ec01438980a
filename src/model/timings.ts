import type {WorkEvent} from './event.js'

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
