const FACTOR = 3
const LONGEST_MS = 10_000

/**
 * Runs under a limit that passes soon, and under longer ones as long as it passed before what it is there for: how long a
 * busy machine takes to get there, nobody knows.
 * @param isTooShort whether the limit passed too early for what the test is about
 */
export async function withGrowingLimit<T>(
  run: (limitMs: number) => Promise<T>,
  isTooShort: (outcome: T) => boolean,
  {firstMs = 50}: {readonly firstMs?: number} = {},
): Promise<{readonly limitMs: number; readonly outcome: T}> {
  for (let limitMs = firstMs; ; limitMs *= FACTOR) {
    const outcome = await run(limitMs)
    if (!isTooShort(outcome) || limitMs > LONGEST_MS) return {limitMs, outcome}
  }
}
