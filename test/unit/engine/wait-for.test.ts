import {describe, expect, it} from '@jest/globals'

import {waitFor} from '../../../src/engine/wait-for.js'

/** A clock that only moves when somebody sleeps. */
function fakeTime() {
  const slept: number[] = []
  let nowMs = 0
  return {
    slept,
    now: () => nowMs,
    sleep: (ms: number) => {
      slept.push(ms)
      nowMs += ms
      return Promise.resolve()
    },
  }
}

const onTimeout = (lastError: unknown, tries: number): Error =>
  new Error(`gave up after ${tries}: ${lastError instanceof Error ? lastError.message : 'no error'}`)

describe('waitFor', () => {
  it('gives the first value, after pauses that grow up to the limit', async () => {
    const time = fakeTime()
    const value = await waitFor(async (n) => (n === 6 ? 'ready' : undefined), {
      ...time,
      timeoutMs: 10_000,
      intervalMs: 100,
      factor: 2,
      maxIntervalMs: 500,
      onTimeout,
    })
    expect(value).toBe('ready')
    expect(time.slept).toEqual([100, 200, 400, 500, 500])
  })

  it('takes errors for "not yet" and hands the last one to onTimeout', async () => {
    const time = fakeTime()
    const waiting = waitFor((n) => Promise.reject(new Error(`refused ${n}`)), {
      ...time,
      timeoutMs: 250,
      intervalMs: 100,
      factor: 1,
      onTimeout,
    })
    await expect(waiting).rejects.toThrow('gave up after 4: refused 4')
    expect(time.slept).toEqual([100, 100, 50])
  })

  it('throws a final error at once', async () => {
    const time = fakeTime()
    const waiting = waitFor(() => Promise.reject(new TypeError('wrong password')), {
      ...time,
      timeoutMs: 1000,
      intervalMs: 100,
      isFinal: (error) => error instanceof TypeError,
      onTimeout,
    })
    await expect(waiting).rejects.toThrow('wrong password')
    expect(time.slept).toEqual([])
  })

  it('gives up on a try that hangs, and aborts its signal', async () => {
    let tryWasAborted = false
    const waiting = waitFor<string>(
      (_n, {signal}) =>
        new Promise(() => {
          signal.addEventListener('abort', () => (tryWasAborted = true))
        }),
      {timeoutMs: 30, intervalMs: 10, onTimeout},
    )
    await expect(waiting).rejects.toThrow('gave up after 1: no error')
    expect(tryWasAborted).toBe(true)
  })

  it('ends with the interruption when the caller aborts, during a try and during a pause', async () => {
    for (const attempt of [() => new Promise<undefined>(() => undefined), () => Promise.resolve(undefined)]) {
      const controller = new AbortController()
      const waiting = waitFor(attempt, {signal: controller.signal, timeoutMs: 60_000, intervalMs: 30_000, onTimeout})
      setImmediate(() => {
        controller.abort()
      })
      await expect(waiting).rejects.toMatchObject({code: 'VN-INTERRUPTED'})
    }
  })

  it('does not try at all when the caller has aborted before', async () => {
    let tries = 0
    const waiting = waitFor(async () => (tries += 1), {
      signal: AbortSignal.abort(),
      timeoutMs: 10,
      intervalMs: 1,
      onTimeout,
    })
    await expect(waiting).rejects.toMatchObject({code: 'VN-INTERRUPTED'})
    expect(tries).toBe(0)
  })
})
