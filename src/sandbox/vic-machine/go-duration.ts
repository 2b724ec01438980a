const UNIT_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
}

/**
 * Reads a Go duration such as `3m0s`; a unit is a must (facts/vic-machine.md § 1.1).
 * @returns milliseconds
 * @throws Error in Go 1.8's words
 */
export function parseGoDuration(text: string): number {
  const sign = text.startsWith('-') ? -1 : 1
  let rest = text.replace(/^[+-]/, '')
  if (rest === '0') return 0
  if (rest === '') throw new Error(`time: invalid duration ${text}`)
  let totalMs = 0
  while (rest !== '') {
    const number = /^(?:\d+(?:\.\d*)?|\.\d+)/.exec(rest)?.[0]
    if (number === undefined) throw new Error(`time: invalid duration ${text}`)
    rest = rest.slice(number.length)
    const unit = /^[^.\d]*/.exec(rest)?.[0] ?? ''
    if (unit === '') throw new Error(`time: missing unit in duration ${text}`)
    const unitMs = UNIT_MS[unit]
    if (unitMs === undefined) throw new Error(`time: unknown unit ${unit} in duration ${text}`)
    totalMs += Number(number) * unitMs
    rest = rest.slice(unit.length)
  }
  return sign * totalMs
}

/** Go's own text of a duration: `3m0s`, `12s`, `1ms`. */
export function formatGoDuration(durationMs: number): string {
  if (durationMs === 0) return '0s'
  const sign = durationMs < 0 ? '-' : ''
  const size = Math.abs(durationMs)
  if (size < 1e-3) return `${sign}${trim(size * 1e6)}ns`
  if (size < 1) return `${sign}${trim(size * 1e3)}µs`
  if (size < 1000) return `${sign}${trim(size)}ms`
  const seconds = trim((size % 60_000) / 1000)
  const minutes = Math.floor(size / 60_000)
  if (minutes === 0) return `${sign}${seconds}s`
  const hours = Math.floor(minutes / 60)
  return hours === 0 ? `${sign}${minutes}m${seconds}s` : `${sign}${hours}h${minutes % 60}m${seconds}s`
}

function trim(value: number): string {
  return String(Number(value.toFixed(9)))
}
