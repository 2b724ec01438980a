/**
 * Runs several works at a time, each until it has settled: the first failure aborts the others, and nothing of theirs
 * goes on behind the back of whoever cleans up.
 * @throws what failed first
 */
export async function together<T extends readonly unknown[]>(
  signal: AbortSignal,
  works: {readonly [K in keyof T]: (signal: AbortSignal) => Promise<T[K]>},
): Promise<T> {
  const stop = new AbortController()
  const both = AbortSignal.any([signal, stop.signal])
  const failures: unknown[] = []
  const settled = await Promise.all(
    works.map((work) =>
      work(both).catch((error: unknown) => {
        failures.push(error)
        stop.abort(error)
      }),
    ),
  )
  if (failures.length > 0) throw failures[0]
  return settled as unknown as T
}

/**
 * The work that ends first; the others are called off and waited for.
 * @throws what failed, when that came first
 */
export async function firstOf<T>(
  signal: AbortSignal,
  works: readonly ((signal: AbortSignal) => Promise<T>)[],
): Promise<T> {
  const stop = new AbortController()
  const both = AbortSignal.any([signal, stop.signal])
  const running = works.map((work) => work(both))
  try {
    return await Promise.race(running)
  } finally {
    stop.abort(new Error('another one came first'))
    await Promise.allSettled(running)
  }
}
