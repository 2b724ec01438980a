import {VicnfsError} from './vicnfs-error.js'

const UNIT_MS: Readonly<Record<string, number>> = {s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000}
const AGO = /^(?:\d+(?:\.\d+)?[smhdw])+$/
const PART = /(\d+(?:\.\d+)?)([smhdw])/g
const DATE = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?$/

/**
 * Reads a point in time: how long ago (`7d`, `12h`, `1w2d`), or a date as ISO 8601 writes it; a date without a zone is one
 * of this machine's.
 * @throws VN-SETTING-BAD
 */
export function parsePointInTime(text: string, now: Date): Date {
  const trimmed = text.trim()
  if (AGO.test(trimmed)) {
    let agoMs = 0
    for (const [, amount, unit = ''] of trimmed.matchAll(PART)) agoMs += Number(amount) * (UNIT_MS[unit] ?? 0)
    const at = new Date(now.getTime() - agoMs)
    if (!Number.isNaN(at.getTime())) return at
  }
  // A bare date would be taken as one of UTC.
  const dated = trimmed.includes(':') ? trimmed.replace(' ', 'T') : `${trimmed}T00:00`
  const at = new Date(dated)
  if (DATE.test(trimmed) && !Number.isNaN(at.getTime())) return at
  throw new VicnfsError('VN-SETTING-BAD', `"${text}" is no point in time.`, {
    reason: 'It is how long ago, such as 7d, 12h or 30m, or a date, such as 2026-11-27 or 2026-11-27T18:30.',
  })
}
