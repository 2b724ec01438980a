import {formatBytes} from '../model/size.js'
import type {Severity, ShareStatus, SpaceStatus, StatusReport, StoreStatus, Verdict} from '../model/status-report.js'
import type {Look, Style} from './look.js'

/** What stands in a cell that has nothing to say, and in one that nobody could tell. */
export const NONE = '-'
export const UNKNOWN = '?'

/** How a share is called: its volume, or its place. */
export function titleOf({name, address, path}: ShareStatus): string {
  return name ?? `${address ?? UNKNOWN}:${path ?? ''}`
}

/** Whether a VCH has a store and uses it, in one word. */
export function storeWord({registered, online, from}: StoreStatus): string {
  if (registered === false) return 'no'
  if (online === true) return 'yes'
  if (registered !== true) return UNKNOWN
  if (online === false) return 'offline'
  // Whoever asked vic-machine, or has the journal, would know it from the VCH itself if it answered.
  return from === 'record' ? 'recorded' : 'down'
}

/** The same for all stores of a share. */
export function storesWord(share: ShareStatus): string {
  const words = share.stores.map(storeWord)
  const [first] = words
  // Nobody uses it, and that is known only where all that tells was asked.
  if (first === undefined) return share.consumers === 0 ? 'no' : UNKNOWN
  if (words.every((word) => word === first)) return first
  return `${words.filter((word) => word === 'yes').length} of ${words.length}`
}

export function labelsText(share: ShareStatus): string {
  return share.stores.map(({label}) => label).join(', ') || NONE
}

/** `1.2 of 9.8 GiB`, `1.2 GiB`, `12%`: from the longest to the shortest. */
export function spaceTexts(space: SpaceStatus | null): readonly [string, string, string] {
  if (space === null) return [UNKNOWN, UNKNOWN, UNKNOWN]
  const {usedBytes, totalBytes} = space
  const [used, total] = [formatBytes(usedBytes), formatBytes(totalBytes)]
  const [amount = '', unit = ''] = used.split(' ')
  const long = `${total.endsWith(` ${unit}`) ? amount : used} of ${total}`
  const percent = totalBytes === 0 ? 0 : Math.ceil((usedBytes / totalBytes) * 100)
  return [long, used, `${percent}%`]
}

const AGES: readonly (readonly [unit: string, ms: number])[] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
]

/** An age in its largest unit: `3 d`, `5 h`, `12 m`, `40 s`. */
export function ageText(ageMs: number | null): string {
  if (ageMs === null) return NONE
  const [unit, ms] = AGES.find(([, size]) => ageMs >= size) ?? ['s', 1000]
  return `${Math.floor(ageMs / ms)} ${unit}`
}

export function countText(count: number | null): string {
  return count === null ? UNKNOWN : String(count)
}

const VERDICT_STYLES: Readonly<Record<Verdict, Style>> = {
  ok: 'green',
  parked: 'cyan',
  unknown: 'yellow',
  drift: 'yellow',
  danger: 'red',
}

export function verdictText(verdict: Verdict, look: Look): string {
  return look.style(VERDICT_STYLES[verdict], verdict)
}

export function severityMark(severity: Severity, look: Look): string {
  if (severity === 'danger') return look.style('red', look.marks.failed)
  if (severity === 'drift') return look.style('yellow', look.marks.warning)
  return look.style('dim', look.marks.skipped)
}

/** Breaks a text between words; a terminal alone would break it within them. Where nobody looks, nothing is broken. */
export function wrapped(text: string, look: Look, indent: string): string {
  if (!look.isTerminal) return text
  const widthLeft = Math.max(20, look.width - indent.length)
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + 1 + word.length <= widthLeft) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines.join(`\n${indent}`)
}

/** What was not asked, one line each. */
export function notAskedLines({notAsked}: StatusReport, look: Look): string[] {
  return notAsked.map(({what, why}) =>
    look.style('dim', wrapped(`not asked: ${what} (${why.replace(/\.$/, '')})`, look, '  ')),
  )
}
