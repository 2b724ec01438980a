import {formatDuration} from '../model/duration.js'
import type {Look, Style} from './look.js'
import {sentenceOf, type Deed} from './history-sentence.js'
import {table} from './table.js'

interface EventView extends Deed {
  readonly at: string
  readonly vch: {readonly name?: string; readonly id?: string; readonly endpoint?: string}
  readonly command?: string
  readonly state: string
  readonly endedAt?: string
  readonly why?: string
}

interface HistoryView {
  readonly file: string
  readonly events: readonly EventView[]
  readonly older: {readonly events: number; readonly open: number}
  readonly problems: readonly {readonly line: number; readonly reason: string}[]
  readonly isEmpty: boolean
}

type HowItEnded = readonly [mark: keyof Look['marks'], style: Style, words: string]

const ENDS: Readonly<Record<string, HowItEnded>> = {
  done: ['done', 'green', ''],
  open: ['warning', 'yellow', 'OPEN: it has not ended, or nobody saw how'],
  failed: ['failed', 'red', 'failed'],
  refused: ['failed', 'red', 'vic-machine refused'],
  'rolled-back': ['undo', 'yellow', 'rolled back'],
  'never-started': ['skipped', 'dim', 'never started'],
  undone: ['skipped', 'dim', 'had no effect'],
  restored: ['undo', 'yellow', 'it did not serve: what was there before is back'],
  'not-proven': ['failed', 'red', 'not proven'],
}

const two = (value: number): string => String(value).padStart(2, '0')

/** A time of this machine's zone: `2026-11-27 18:30:05`. */
function localTime(iso: string): string {
  const at = new Date(iso)
  if (Number.isNaN(at.getTime())) return iso
  const date = [String(at.getFullYear()), two(at.getMonth() + 1), two(at.getDate())].join('-')
  return `${date} ${[at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join(':')}`
}

function endText({state, why, at, endedAt}: EventView, look: Look): string {
  const [, style, words] = ENDS[state] ?? (['unchanged', 'dim', state] as const)
  const tookMs = endedAt === undefined ? 0 : Date.parse(endedAt) - Date.parse(at)
  const took = tookMs >= 1000 ? formatDuration(tookMs) : ''
  const parts = [why === undefined ? words : `${words}: ${why}`, took].filter((part) => part !== '')
  return parts.length === 0 ? '' : look.style(style, parts.join(', '))
}

function rowOf(event: EventView, look: Look): string[] {
  const {at, vch, command} = event
  const [mark, style] = ENDS[event.state] ?? (['unchanged', 'dim'] as const)
  const end = endText(event, look)
  return [
    look.isTerminal ? localTime(at) : at,
    vch.name ?? vch.endpoint ?? vch.id ?? '?',
    look.style(style, look.marks[mark]),
    `${sentenceOf(event)}${end === '' ? '' : `  [${end}]`}`,
    command === undefined ? '' : look.style('dim', `by ${command}`),
  ]
}

const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`

/** What was done from this machine, newest last; times of this machine's zone on a terminal, ISO 8601 elsewhere. */
export function historyText({file, events, older, problems, isEmpty}: HistoryView, look: Look): string {
  if (isEmpty) return `There is no journal at ${file}: vicnfs has changed nothing from this machine.`
  const open = older.open === 0 ? '' : `, ${older.open} of them open`
  const left = `(${count(older.events, 'older entry').replace('entrys', 'entries')} left out${open}; --limit 0 shows all)`
  return [
    ...(older.events === 0 ? [] : [look.style('dim', left)]),
    ...(events.length === 0
      ? ['Nothing of that is in the journal.']
      : table(events.map((event) => rowOf(event, look)))),
    ...problems.map(({line, reason}) => {
      const text = `Line ${line} of ${file} cannot be read: ${reason}.`
      return `${look.style('yellow', look.marks.warning)} ${text}`
    }),
  ].join('\n')
}
