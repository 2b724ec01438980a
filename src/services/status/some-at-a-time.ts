/** Shares that are looked at together: enough to hide waiting, few enough for a VCH and for this machine. */
export const AT_A_TIME = 8

/** Runs `work` on each item, at most `AT_A_TIME` of them at once; results in the order of the items. */
export async function someAtATime<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  let next = 0
  const worker = async (): Promise<void> => {
    for (let index = next; index < items.length; index = next) {
      next += 1
      results[index] = await work(items[index] as T)
    }
  }
  await Promise.all(Array.from({length: Math.min(AT_A_TIME, items.length)}, worker))
  return results
}
