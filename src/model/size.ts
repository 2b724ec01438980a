import {VicnfsError} from './vicnfs-error.js'

const BYTES_PER_MB = 1_000_000
const UNIT_BYTES: Readonly<Record<string, number>> = {'': 1, k: 1e3, m: 1e6, g: 1e9, t: 1e12, p: 1e15}
/** The go-units grammar that VIC uses (facts/vch-docker-api.md § 2.1), without its `1.2.3`. */
const SIZE = /^(\d+(?:\.\d+)?) ?([kmgtp])?b?$/i
const BINARY_UNIT = /^\d+(?:\.\d+)? ?[kmgtp]ib?$/i
/** VIC counts bytes in a signed 64-bit number. */
const LARGEST_MB = 9_223_372_036_854

function bad(text: string, why: string, reason: string): VicnfsError {
  return new VicnfsError('VN-SETTING-BAD', `"${text}" is not a capacity that a VCH takes: ${why}.`, {reason})
}

/**
 * Reads a volume's capacity as a VCH reads it (facts/vch-docker-api.md § 2.1): a plain number is megabytes, units are
 * decimal, parts of a megabyte are cut off.
 * @returns whole megabytes, at least 1; what `DriverOpts.Capacity` takes as text
 * @throws VN-SETTING-BAD for `GiB` and its like, below one megabyte, and for anything else
 */
export function parseCapacityMb(text: string): number {
  const trimmed = text.trim()
  if (BINARY_UNIT.test(trimmed)) {
    throw bad(text, 'a VCH refuses binary units', 'VIC knows MB, GB and TB only; write 10GB in place of 10GiB.')
  }
  const match = SIZE.exec(trimmed)
  if (match === null) {
    throw bad(
      text,
      'it is not a number with an optional unit',
      'Write 512MB, 5GB, 1TB, or a plain number of megabytes.',
    )
  }
  const capacityMb = /^\d+$/.test(trimmed) ? Number(trimmed) : wholeMb(Number(match[1]), match[2] ?? '')
  if (capacityMb < 1) {
    throw bad(text, 'it is less than one megabyte', 'A VCH would turn it into a volume of no size at all.')
  }
  if (capacityMb > LARGEST_MB) throw bad(text, 'it is more than VIC can count', 'No disk of vSphere is that large.')
  return capacityMb
}

function wholeMb(amount: number, unit: string): number {
  // Rounded to bytes first, since 1.1 * 1e9 is not whole in binary fractions.
  return Math.floor(Math.round(amount * (UNIT_BYTES[unit.toLowerCase()] ?? Number.NaN)) / BYTES_PER_MB)
}

const BINARY_NAMES = ['KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const

/** A number of bytes for people, in binary units with one decimal: `0 B`, `512 B`, `1.5 KiB`, `4.0 GiB`. */
export function formatBytes(sizeBytes: number): string {
  let value = sizeBytes
  let name = 'B'
  for (const next of BINARY_NAMES) {
    // 1023.95 would be shown as 1024.0
    if (value < (name === 'B' ? 1024 : 1023.95)) break
    value /= 1024
    name = next
  }
  return name === 'B' ? `${Math.round(value)} B` : `${value.toFixed(1)} ${name}`
}
