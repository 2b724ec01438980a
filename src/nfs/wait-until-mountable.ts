import {setTimeout as sleep} from 'node:timers/promises'
import {VicnfsError} from '../model/vicnfs-error.js'
import {checkAddress} from './preflight/check-address.js'
import type {PreflightReport, Rung, ShareAddress} from './preflight/report.js'
import {runPreflight} from './preflight/run-preflight.js'

const FIRST_INTERVAL_MS = 25
const DEFAULT_INTERVAL_MS = 500
const BACK_OFF = 1.3
/** Above the second that a connection hangs when it was tried before the container's interface was up. */
const RUNG_TIMEOUT_MS = 2000

/** A try cut shorter than this would hide the finding of the one before. */
const SHORTEST_TRY_MS = 100

/** One try of the ladder that did not pass. */
export interface MountAttempt {
  readonly attempt: number
  readonly elapsedMs: number
  /** The rung that failed. */
  readonly rung: Rung
}

export interface WaitOptions {
  readonly signal?: AbortSignal | undefined
  /** For the whole wait. */
  readonly timeoutMs: number
  /** The longest pause between two tries; 500 ms when absent. The first pauses are about 25 ms. */
  readonly intervalMs?: number | undefined
  readonly portmapPort?: number | undefined
  readonly onAttempt?: ((attempt: MountAttempt) => void) | undefined
}

export interface MountableShare {
  readonly attempts: number
  readonly elapsedMs: number
  readonly report: PreflightReport
}

function notReady(address: ShareAddress, last: MountAttempt, timeoutMs: number): VicnfsError {
  const {host, path} = address
  const {rung, attempt} = last
  const times = attempt === 1 ? '1 try' : `${attempt} tries`
  const text = `${host}:${path} was not mountable from this machine within ${timeoutMs / 1000} s (${times}).`
  return new VicnfsError('VN-NFS-NOT-READY', text, {
    reason: rung.finding,
    tries: rung.tries ?? [],
    details: {host, path, attempts: attempt, rung: rung.id, code: rung.code},
  })
}

async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  await sleep(ms, undefined, signal === undefined ? {} : {signal}).catch(() => undefined)
  signal?.throwIfAborted()
}

/**
 * Tries the read-only ladder until it passes. Call it when the server container runs, not before: a connection that
 * comes before the container's interface is up hangs for a second (facts/nfs-server.md § 8).
 * @throws VicnfsError VN-NFS-NOT-READY with the last finding and the number of tries, VN-NFS-PORT-IN-URL and
 * VN-NFS-ROOT-EXPORT at once; the signal's reason when aborted
 */
export async function waitUntilMountable(address: ShareAddress, options: WaitOptions): Promise<MountableShare> {
  const wrong = checkAddress(address)
  if (wrong !== undefined) throw new VicnfsError(wrong.code, `The share cannot be mounted: ${wrong.finding}.`)
  const {signal, timeoutMs, intervalMs = DEFAULT_INTERVAL_MS, portmapPort, onAttempt} = options
  const startedMs = performance.now()
  const elapsedMs = () => Math.round(performance.now() - startedMs)
  let pauseMs = FIRST_INTERVAL_MS
  for (let attempt = 1; ; attempt += 1) {
    const rungTimeoutMs = Math.max(1, Math.min(RUNG_TIMEOUT_MS, timeoutMs - elapsedMs()))
    const report = await runPreflight(address, {
      readOnly: true,
      rungTimeoutMs,
      ...(signal === undefined ? {} : {signal}),
      ...(portmapPort === undefined ? {} : {portmapPort}),
    })
    const rung = report.rungs.find(({state}) => state === 'failed')
    if (rung === undefined) return {attempts: attempt, elapsedMs: elapsedMs(), report}
    const missed = {attempt, elapsedMs: elapsedMs(), rung}
    onAttempt?.(missed)
    const nextPauseMs = Math.min(pauseMs, intervalMs)
    const hasTimeAfter = (ms: number): boolean => timeoutMs - elapsedMs() >= ms + SHORTEST_TRY_MS
    if (!hasTimeAfter(nextPauseMs)) throw notReady(address, missed, timeoutMs)
    await pause(nextPauseMs, signal)
    // On a busy machine a pause takes longer than it was meant to.
    if (!hasTimeAfter(0)) throw notReady(address, missed, timeoutMs)
    pauseMs *= BACK_OFF
  }
}
