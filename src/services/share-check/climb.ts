import {VicnfsError} from '../../model/vicnfs-error.js'
import type {ShareAddress} from '../../nfs/preflight/report.js'
import {RUNG_TITLES} from '../../nfs/preflight/rung-titles.js'
import type {VchInfo} from '../../vch/vch-api.js'
import type {ConsumerAdapters} from '../adapters.js'
import {readCheckLog, type CheckLog} from './read-log.js'
import type {VchPreflightReport, VchRung} from './report.js'
import {runCheckContainer} from './run-container.js'

/** The network of a container for which none is named. */
export const BRIDGE = 'bridge'

export interface VchCheckWish {
  readonly image: string
  /** Network of the container; the VCH's bridge when absent, from which it leaves through the endpoint VM. */
  readonly network?: string
  readonly readOnly: boolean
}

interface ClimbOptions {
  readonly wish: VchCheckWish
  /** Of the check: by it the container is found again. */
  readonly run: string
  readonly info: VchInfo
  readonly signal: AbortSignal
  readonly onRung?: (rung: VchRung) => void
}

/** Passes each rung on once. */
function rungWatch(onRung: (rung: VchRung) => void): (log: CheckLog) => void {
  const seen = new Set<string>()
  return ({rungs}) => {
    for (const rung of rungs.filter(({id}) => !seen.has(id))) {
      seen.add(rung.id)
      onRung(rung)
    }
  }
}

/** A log that lacks a rung, or contradicts the exit code, is no result. @throws VN-CHECK-NO-RESULT */
function requireResult(log: CheckLog, exitCode: number): Pick<VchPreflightReport, 'passed' | 'privilegedPort'> {
  const missing = Object.keys(RUNG_TITLES).filter((id) => log.rungs.every((rung) => rung.id !== id))
  const passed = log.rungs.every((rung) => rung.state !== 'failed')
  const {summary, words} = log
  if (summary !== undefined && missing.length === 0 && summary.passed === passed && passed === (exitCode === 0)) {
    return {passed, privilegedPort: summary.privilegedPort}
  }
  throw new VicnfsError('VN-CHECK-NO-RESULT', `The container of the check ended with exit code ${exitCode}.`, {
    reason: words.length === 0 ? 'It gave no result and said nothing.' : `It said: ${words.slice(-3).join(' | ')}`,
    details: {exitCode, words, rungs: log.rungs},
  })
}

/**
 * Climbs the ladder in a container of the consumer VCH, which the caller removes.
 * @returns what it found, whether it passed or not
 * @throws VN-CHECK-…, VN-VCH-…
 */
export async function climbInContainer(
  {consumer: api, limits, nfs}: ConsumerAdapters,
  place: ShareAddress,
  options: ClimbOptions,
): Promise<VchPreflightReport> {
  const {wish, run, info, signal, onRung = () => undefined} = options
  const onEngine = info.kind === 'docker-engine'
  const watch = rungWatch(onRung)
  const {stepTimeoutMs, readyTimeoutMs: timeoutMs} = limits
  const check = {...wish, place, run, onEngine, stepTimeoutMs, portmapPort: nfs.portmapPort}
  const onLog = (log: string): void => watch(readCheckLog(log))
  const {exitCode, log} = await runCheckContainer(api, check, {step: {signal}, timeoutMs, onLog})
  const read = readCheckLog(log)
  watch(read)
  const result = requireResult(read, exitCode)
  const whole = {...result, ...place, readOnly: wish.readOnly, rungs: read.rungs}
  return {...whole, from: 'vch', vch: info.name, onEngine, network: wish.network ?? BRIDGE}
}
