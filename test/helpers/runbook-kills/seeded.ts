/** Numbers from 0 to below 1 that are the same for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Which of `count` equal stretches of a run. */
export interface Stretch {
  readonly index: number
  readonly count: number
}

/** An instant of this stretch of a run of `length` instants. */
export function drawInstant(random: () => number, {index, count}: Stretch, length: number): number {
  return Math.floor(((index + random()) / count) * length)
}
