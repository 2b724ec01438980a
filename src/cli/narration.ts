import {formatDuration} from '../model/duration.js'
import type {WorkEvent} from '../model/event.js'
import type {Look} from './look.js'

/** The lines that tell one event where nothing can be redrawn; `verbose` also shows details. */
export function narrate(event: WorkEvent, look: Look, verbose: boolean): string[] {
  const {marks} = look
  switch (event.type) {
    case 'step.started':
      return [`${look.style('cyan', marks.started)} ${event.title}`]
    case 'step.progress':
      return [look.style('dim', `  ${event.text}`)]
    case 'step.done':
    case 'step.failed':
      return [stepLine(event, look)]
    case 'undo.started':
      return [`${look.style('yellow', marks.undo)} undoing: ${event.title}`]
    case 'undo.done':
      return [`${look.style('yellow', marks.undo)} undone: ${event.title}`]
    case 'undo.failed':
      return [`${look.style('red', marks.failed)} could not be undone: ${event.title}: ${event.message}`]
    case 'undo.cut':
      return verbose ? [look.style('dim', `  from here on nothing is undone: ${event.reason}`)] : []
    case 'steps.planned':
    case 'steps.over':
      return []
    case 'note':
      return noteLines(event, look, verbose)
  }
}

type EndedStep = Extract<WorkEvent, {type: 'step.done' | 'step.failed'}>

/** The mark of an ended step, coloured. */
export function stepMark(event: EndedStep, look: Look): string {
  if (event.type === 'step.failed') return look.style('red', look.marks.failed)
  if (event.outcome === 'changed') return look.style('green', look.marks.done)
  return look.style('dim', event.outcome === 'unchanged' ? look.marks.unchanged : look.marks.skipped)
}

/** What stands behind the mark of an ended step: title, time where something was done, note. */
export function stepText(event: EndedStep, look: Look): string {
  const time = look.style('dim', `(${formatDuration(event.durationMs)})`)
  if (event.type === 'step.failed') return `${event.title} ${time}`
  const note = event.note === undefined ? '' : ` ${event.note}`
  if (event.outcome === 'changed') return `${event.title} ${time}${note}`
  return `${event.title}: ${event.outcome}${note === '' ? '' : `,${note}`}`
}

function stepLine(event: EndedStep, look: Look): string {
  return `${stepMark(event, look)} ${stepText(event, look)}`
}

function noteLines(event: Extract<WorkEvent, {type: 'note'}>, look: Look, verbose: boolean): string[] {
  if (event.level === 'detail') return verbose ? [look.style('dim', `  ${event.text}`)] : []
  if (event.level === 'warning') return [`${look.style('yellow', look.marks.warning)} ${event.text}`]
  return [event.text]
}
