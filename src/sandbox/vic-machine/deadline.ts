/** Go's context.DeadlineExceeded. */
export class DeadlineExceeded extends Error {
  constructor() {
    super('context deadline exceeded')
    this.name = 'DeadlineExceeded'
  }
}

/** The limit of --timeout, over the whole command (from 1.3.0 on: facts/vic-machine.md § 0.5). */
export interface Deadline {
  readonly timeoutMs: number
  readonly signal: AbortSignal
  readonly expired: boolean
  /** Waits, at most until the limit. @throws DeadlineExceeded */
  sleep(durationMs: number): Promise<void>
  /** Lets the limit pass now. */
  expire(): void
  clear(): void
}

/** setTimeout takes no more than this. */
const LONGEST_TIMER_MS = 2_147_483_647

export interface LimitOptions {
  /** It knows its limit, and never reaches it by itself. */
  readonly unlimited?: boolean
}

export function startDeadline(timeoutMs: number, options: LimitOptions = {}): Deadline {
  const controller = new AbortController()
  const {signal} = controller
  const timer = options.unlimited
    ? undefined
    : setTimeout(() => controller.abort(new DeadlineExceeded()), Math.min(Math.max(timeoutMs, 0), LONGEST_TIMER_MS))
  return {
    timeoutMs,
    signal,
    expire: () => controller.abort(new DeadlineExceeded()),
    get expired() {
      return signal.aborted
    },
    sleep: (durationMs) =>
      new Promise((resolve, reject) => {
        if (signal.aborted) {
          reject(signal.reason as Error)
          return
        }
        const wake = setTimeout(() => {
          signal.removeEventListener('abort', abort)
          resolve()
        }, durationMs)
        const abort = () => {
          clearTimeout(wake)
          reject(signal.reason as Error)
        }
        signal.addEventListener('abort', abort, {once: true})
      }),
    clear: () => clearTimeout(timer),
  }
}
