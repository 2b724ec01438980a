import {VicnfsError} from './vicnfs-error.js'

const UNIT_MS: Readonly<Record<string, number>> = {ms: 1, s: 1000, m: 60_000, h: 3_600_000}
const WHOLE = /^(?:\d+(?:\.\d+)?(?:ms|s|m|h))+$/
const PART = /(\d+(?:\.\d+)?)(ms|s|m|h)/g
/** Node's timers fire at once above 2^31-1 ms, so longer limits would be none. */
const LONGEST_MS = 24 * 24 * 3_600_000

function bad(text: string, why: string): VicnfsError {
  return new VicnfsError('VN-SETTING-BAD', `"${text}" is not a length of time: ${why}.`, {
    reason: 'Lengths of time are numbers with a unit, such as 250ms, 90s, 5m or 1h30m.',
  })
}

/**
 * Reads a length of time as Go writes it: numbers with the units `ms`, `s`, `m`, `h`, as in `1h30m`.
 * @returns milliseconds, above zero, whole
 * @throws VN-SETTING-BAD without a unit, for zero, and above 24 days
 */
export function parseDuration(text: string): number {
  const trimmed = text.trim()
  if (/^\d+(\.\d+)?$/.test(trimmed)) throw bad(text, 'it has no unit')
  if (!WHOLE.test(trimmed)) throw bad(text, 'it is not a number with one of the units ms, s, m, h')
  let totalMs = 0
  for (const [, amount, unit] of trimmed.matchAll(PART)) totalMs += Number(amount) * (UNIT_MS[unit ?? ''] ?? Number.NaN)
  const wholeMs = Math.round(totalMs)
  if (wholeMs < 1) throw bad(text, 'it must be longer than zero')
  if (wholeMs > LONGEST_MS) throw bad(text, 'at most 24 days (576h) can be waited')
  return wholeMs
}

/** A length of time for people: `1.3 ms`, `250 ms`, `4.2 s`, `1 m 5 s`, `2 h 3 m`; never more than two units. */
export function formatDuration(ms: number): string {
  if (ms > 0 && ms < 9.95) return `${ms.toFixed(1)} ms`
  if (ms < 999.5) return `${Math.round(ms)} ms`
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`
  const seconds = Math.round(ms / 1000)
  if (seconds < 3600) return twoUnits(seconds, 60, 'm', 's')
  return twoUnits(Math.round(seconds / 60), 60, 'h', 'm')
}

function twoUnits(total: number, perLarge: number, large: string, small: string): string {
  const rest = total % perLarge
  const whole = `${Math.floor(total / perLarge)} ${large}`
  return rest === 0 ? whole : `${whole} ${rest} ${small}`
}

/** The same length for a Go program such as vic-machine, in whole seconds rounded up: `900s`. */
export function toGoDuration(ms: number): string {
  return `${Math.ceil(ms / 1000)}s`
}
