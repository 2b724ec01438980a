import type {ChildProcess} from 'node:child_process'
import {once} from 'node:events'
import {setTimeout as sleep} from 'node:timers/promises'

/** Between asking a program to end and ending it. */
const GRACE_MS = 2000
/** For the system to take a killed program away; one that is stuck in a system call is not waited for. */
const REAP_MS = 500

/** Options of a program that `orEnd` can end with all that it starts: a process group of its own. */
export const ENDABLE = {detached: process.platform !== 'win32'} as const

/**
 * Awaits a program that may be ended at any time, started with the options `ENDABLE`; never a change of a VCH (S7).
 * At the limit, or at an abort, it is ended with all that it started: behind a wrapper script, the program itself would
 * live on and keep the output open.
 * @param result settles when the program has ended and its output is read
 * @returns undefined when it was ended
 */
export async function orEnd<T extends object>(
  child: ChildProcess,
  result: PromiseLike<T>,
  options: {readonly signal: AbortSignal | undefined; readonly timeoutMs: number},
): Promise<T | undefined> {
  const {signal, timeoutMs} = options
  const closed = once(child, 'close').catch(() => undefined)
  let stop = (): void => undefined
  const stopped = new Promise<undefined>((resolve) => (stop = () => resolve(undefined)))
  const timer = setTimeout(stop, timeoutMs)
  signal?.addEventListener('abort', stop, {once: true})
  if (signal?.aborted === true) stop()
  try {
    const ended = await Promise.race([result, stopped])
    if (ended === undefined) await endAll(child, closed)
    return ended
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', stop)
  }
}

async function endAll(child: ChildProcess, closed: Promise<unknown>): Promise<void> {
  const isClosed = closed.then(() => true)
  signalAll(child, 'SIGTERM')
  if (await Promise.race([isClosed, sleep(GRACE_MS, false, {ref: false})])) return
  signalAll(child, 'SIGKILL')
  await Promise.race([isClosed, sleep(REAP_MS, false, {ref: false})])
  // Something outside of the group may hold the output still; nobody reads it any more.
  child.stdout?.destroy()
  child.stderr?.destroy()
}

function signalAll(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): void {
  try {
    if (!ENDABLE.detached || child.pid === undefined) child.kill(signal)
    else process.kill(-child.pid, signal)
  } catch {
    // It has ended meanwhile.
  }
}
