interface LimitedWork<T> {
  readonly work: (signal: AbortSignal) => Promise<T>
  /** Makes the error of a call that took too long. */
  readonly onLimit: () => Error
}

/**
 * Runs work under a time limit and, at the same time, under the caller's signal. Does not rely on the work to notice:
 * not every call of dockerode passes its abort signal on.
 * @throws the reason of `signal` when that was aborted, `onLimit()` after `limitMs`, else what the work threw
 */
export async function withTimeLimit<T>(
  limitMs: number,
  signal: AbortSignal | undefined,
  {work, onLimit}: LimitedWork<T>,
): Promise<T> {
  signal?.throwIfAborted()
  const control = new AbortController()
  const forward = (): void => control.abort(signal?.reason)
  const timer = setTimeout(() => control.abort(onLimit()), limitMs)
  signal?.addEventListener('abort', forward, {once: true})
  const ended = new Promise<never>((_, reject) => {
    control.signal.addEventListener('abort', () => reject(control.signal.reason as Error), {once: true})
  })
  try {
    return await Promise.race([ended, work(control.signal)])
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', forward)
  }
}
