export interface Limit {
  readonly signal?: AbortSignal | undefined
  readonly timeoutMs: number
  /** The error for when time is up. */
  readonly onTimeout: () => Promise<Error>
}

/** Settles like `work`, unless the limit or the signal comes first. @throws what `onTimeout` gives; the signal's reason */
export async function withinLimit<T>(work: Promise<T>, {signal, timeoutMs, onTimeout}: Limit): Promise<T> {
  signal?.throwIfAborted()
  let release = (): void => undefined
  const cut = new Promise<'late'>((resolve, reject) => {
    const timer = setTimeout(() => resolve('late'), timeoutMs)
    const onAbort = () => reject(signal?.reason as Error)
    signal?.addEventListener('abort', onAbort, {once: true})
    release = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
    }
  })
  try {
    const first = await Promise.race([work.then((value) => ({value})), cut])
    if (first === 'late') throw await onTimeout()
    return first.value
  } finally {
    release()
  }
}
