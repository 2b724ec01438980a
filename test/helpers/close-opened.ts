interface Closeable {
  close(): Promise<unknown>
}

/**
 * Closes one after the other what a test file has opened, for its afterAll. What was never opened, because opening
 * something failed, is passed over: that failure is to be seen, and what was opened before it is closed all the same.
 */
export async function closeOpened(...opened: readonly (Closeable | undefined)[]): Promise<void> {
  const failures: unknown[] = []
  for (const each of opened) await each?.close().catch((error: unknown) => failures.push(error))
  if (failures.length === 1) throw failures[0]
  if (failures.length > 1) throw new AggregateError(failures, failures.map(String).join('\n'))
}
