import {setTimeout as delay} from 'node:timers/promises'

import {interruption, throwIfInterrupted} from './interruption.js'

export interface WaitOptions {
  readonly signal?: AbortSignal | undefined
  /** Limit for everything together. */
  readonly timeoutMs: number
  /** Pause after the first try; grows by `factor` up to `maxIntervalMs`. */
  readonly intervalMs: number
  readonly maxIntervalMs?: number
  readonly factor?: number
  /** Monotonic clock in milliseconds. */
  readonly now?: () => number
  /** Resolves after `ms`, rejects when its signal is aborted. */
  readonly sleep?: (ms: number, options: {readonly signal: AbortSignal}) => Promise<void>
  /** True for an error that trying again cannot mend: it is thrown at once. Without it every error means "not yet". */
  readonly isFinal?: (error: unknown) => boolean
  /** The error to throw when time is up; `lastError` is what the last failed try threw, if any did. */
  readonly onTimeout: (lastError: unknown, tries: number) => Error
}

/** One try, counted from 1; its signal is aborted with the caller's and when time is up. */
export type Attempt<T> = (n: number, options: {readonly signal: AbortSignal}) => Promise<T | undefined>

/**
 * Tries until `attempt` gives a value. `undefined` and errors mean "not yet"; there is always at least one try.
 * @throws what `onTimeout` makes when time is up, VN-INTERRUPTED on abort, final errors of `attempt` as they are
 */
export async function waitFor<T>(attempt: Attempt<T>, options: WaitOptions): Promise<T> {
  throwIfInterrupted(options.signal)
  const controller = new AbortController()
  const stopped = rejection(controller.signal)
  const onAbort = (): void => {
    controller.abort()
  }
  options.signal?.addEventListener('abort', onAbort, {once: true})
  const timer = setTimeout(() => {
    controller.abort(TIME_IS_UP)
  }, options.timeoutMs)
  const tried: Tried = {count: 0, lastError: undefined}
  try {
    return await tryUntilValue(attempt, {options, tried, stopped, signal: controller.signal})
  } catch (error) {
    if (options.signal?.aborted === true) throw interruption(options.signal, error)
    if (controller.signal.aborted || error === TIME_IS_UP) throw options.onTimeout(tried.lastError, tried.count)
    throw error
  } finally {
    clearTimeout(timer)
    options.signal?.removeEventListener('abort', onAbort)
    controller.abort()
  }
}

const TIME_IS_UP = new Error('time is up')

interface Tried {
  count: number
  lastError: unknown
}

interface Loop {
  readonly options: WaitOptions
  readonly tried: Tried
  readonly stopped: Promise<never>
  readonly signal: AbortSignal
}

async function tryUntilValue<T>(attempt: Attempt<T>, loop: Loop): Promise<T> {
  const {options, tried, stopped, signal} = loop
  const now = options.now ?? (() => performance.now())
  const sleep = options.sleep ?? pause
  const deadlineMs = now() + options.timeoutMs
  for (let pauseMs = options.intervalMs; ; pauseMs = nextPause(pauseMs, options)) {
    tried.count += 1
    try {
      const value = await Promise.race([attempt(tried.count, {signal}), stopped])
      if (value !== undefined) return value
    } catch (error) {
      // A try that ends because of our own signal says nothing about the other side.
      if (signal.aborted) throw TIME_IS_UP
      if (options.isFinal?.(error) === true) throw error
      tried.lastError = error
    }
    const leftMs = deadlineMs - now()
    if (leftMs <= 0) throw TIME_IS_UP
    await Promise.race([sleep(Math.min(pauseMs, leftMs), {signal}), stopped])
  }
}

function nextPause(pauseMs: number, options: WaitOptions): number {
  return Math.min(pauseMs * (options.factor ?? 1.5), options.maxIntervalMs ?? Math.max(options.intervalMs, 5000))
}

/** A promise that never resolves, and rejects once the signal is aborted. */
function rejection(signal: AbortSignal): Promise<never> {
  const promise = new Promise<never>((_resolve, reject) => {
    const onAbort = (): void => {
      reject(TIME_IS_UP)
    }
    signal.addEventListener('abort', onAbort, {once: true})
  })
  promise.catch(() => undefined)
  return promise
}

async function pause(ms: number, {signal}: {readonly signal: AbortSignal}): Promise<void> {
  await delay(ms, undefined, {signal})
}
