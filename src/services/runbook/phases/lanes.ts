import {sideBySide} from '../../../engine/side-by-side.js'
import {openWork, type OpenWork, type Work} from '../../../engine/work.js'
import type {OnEvent, WorkEvent} from '../../../model/event.js'

/** One share or one VCH among several that are worked on side by side. */
export interface Lane {
  /** Begins the id of its events, and what is said of it. */
  readonly key: string
  /** The step of the whole run that its own steps are shown within. */
  readonly id: string
  /** Ids of its steps that are long enough to be shown as steps of their own. */
  readonly shown?: ReadonlySet<string>
}

/** Steps of which there are many, each with many words of its own. */
const WORDY = new Set(['preflight'])

/** The events of a lane as the watcher of the whole run gets them: small steps become progress of the lane's own step. */
export function laneEvents(onEvent: OnEvent, lane: Lane): OnEvent {
  const {key, id, shown = new Set()} = lane
  const own = (text: string): string => `${key}: ${text}`
  const progress = (text: string): void => onEvent({type: 'step.progress', id, text: own(text)})
  const step = (event: Extract<WorkEvent, {id: string; title: string}>): void => {
    if (shown.has(event.id)) onEvent({...event, id: `${key}/${event.id}`, title: own(event.title)})
    else if (event.type === 'step.started') progress(event.title)
    else if (event.type === 'step.done' && event.note !== undefined)
      onEvent({type: 'note', level: 'detail', text: own(`${event.title}: ${event.note}`)})
  }
  return (event) => {
    switch (event.type) {
      case 'step.progress':
        if (shown.has(event.id)) onEvent({...event, id: `${key}/${event.id}`, text: own(event.text)})
        else if (!WORDY.has(event.id)) progress(event.text)
        return
      case 'note':
        onEvent({...event, text: own(event.text)})
        return
      case 'undo.cut':
        onEvent(event)
        return
      case 'undo.started':
      case 'undo.done':
      case 'undo.failed':
        onEvent({...event, title: own(event.title)})
        return
      case 'steps.planned':
      case 'steps.over':
        return
      default:
        step(event)
    }
  }
}

/** Opens the work of a lane; its undo stack is its own. */
export function openLane(lane: Lane, options: {readonly signal: AbortSignal; readonly onEvent: OnEvent}): OpenWork {
  return openWork({signal: options.signal, onEvent: laneEvents(options.onEvent, lane)})
}

/** The work of a VCH, which cuts the undo of the shares that it depends on together with its own (S4). */
export function cuttingWith(work: Work, others: readonly Work[]): Work {
  const cutUndo = (reason: string): void => {
    for (const other of others) other.cutUndo(reason)
    work.cutUndo(reason)
  }
  return Object.assign(Object.create(work) as Work, {cutUndo})
}

/** A step of the whole run that is one of several side by side. */
export interface PlannedStep<T> {
  readonly id: string
  readonly title: string
  readonly item: T
}

/** Tells the watcher which steps are about to run side by side, so that it can show them so. */
export async function announced<T>(
  steps: readonly Pick<PlannedStep<T>, 'id' | 'title'>[],
  onEvent: OnEvent,
  body: () => Promise<void>,
): Promise<void> {
  if (steps.length < 2) return body()
  onEvent({type: 'steps.planned', steps: steps.map(({id, title}) => ({id, title}))})
  try {
    await body()
  } finally {
    onEvent({type: 'steps.over'})
  }
}

/** Runs `body` for each step, at most `limit` at a time, all of them announced. */
export async function eachPlanned<T>(
  steps: readonly PlannedStep<T>[],
  options: {readonly limit: number; readonly onEvent: OnEvent},
  body: (step: PlannedStep<T>) => Promise<void>,
): Promise<void> {
  const {limit, onEvent} = options
  await announced(steps, onEvent, async () => void (await sideBySide(steps, limit, body)))
}
