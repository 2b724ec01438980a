/** Runs the tasks with at most `limit` of them at a time. @returns their results in their order */
export async function sideBySide<T>(tasks: readonly (() => Promise<T>)[], limit: number): Promise<T[]> {
  const results: T[] = []
  const rest = tasks.entries()
  const work = async (): Promise<void> => {
    for (const [index, task] of rest) results[index] = await task()
  }
  await Promise.all(Array.from({length: Math.min(limit, tasks.length)}, work))
  return results
}
