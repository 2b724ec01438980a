import {waitFor} from '../../engine/wait-for.js'
import {shellQuote} from '../../model/redaction.js'
import {shareUrl} from '../../model/share.js'
import {VicnfsError} from '../../model/vicnfs-error.js'
import type {PreflightReport, ShareAddress} from '../../nfs/preflight/report.js'
import type {WaitOptions} from '../../nfs/wait-until-mountable.js'
import type {SeenShare, Standpoint} from '../adapters.js'
import {isOfThisMachine} from '../preflight-url.js'
import type {VchPreflightReport} from './report.js'

type Look = Pick<PreflightReport, 'rungs'>
type MissedRung = PreflightReport['rungs'][number]

/** The read-only ladder from both places. */
export interface Looks {
  readonly here: (call: {readonly signal: AbortSignal}) => Promise<Look>
  /** By a container of the VCH, which is gone when this ends. */
  readonly vch: (call: {readonly signal: AbortSignal}) => Promise<VchPreflightReport>
}

/** A share that can be mounted; `finding`: what keeps this machine from it, where the VCH has seen it. */
export interface SeenFromEither extends SeenShare {
  readonly from: Standpoint
  readonly finding?: string
}

/** What the last try has found. */
interface Missed {
  readonly here: string
  readonly rung?: MissedRung
  /** The VCH was asked, too: its name, and what it found, once that is known. */
  readonly vch?: {readonly name?: string; readonly finding: string}
}

const FIRST_INTERVAL_MS = 25
const LONGEST_INTERVAL_MS = 2000

const failedRung = ({rungs}: {readonly rungs: readonly MissedRung[]}): MissedRung | undefined =>
  rungs.find(({state}) => state === 'failed')

const sentence = (text: string): string => `${text.replace(/\.$/, '')}.`

function notReady(place: ShareAddress, missed: Missed, tried: {attempts: number; timeoutMs: number}): VicnfsError {
  const {host, path} = place
  const {here, rung, vch} = missed
  const {attempts, timeoutMs} = tried
  const times = attempts === 1 ? '1 try' : `${attempts} tries`
  const name = vch?.name === undefined ? 'of the VCH' : `of "${vch.name}"`
  const where = vch === undefined ? 'from this machine' : `from this machine or a container ${name}`
  const text = `${host}:${path} was not mountable ${where} within ${timeoutMs / 1000} s (${times}).`
  return new VicnfsError('VN-NFS-NOT-READY', text, {
    reason: vch === undefined ? sentence(here) : `From here: ${sentence(here)} From the VCH: ${sentence(vch.finding)}`,
    tries:
      vch === undefined ? (rung?.tries ?? []) : [shellQuote(['vicnfs', 'preflight', shareUrl(place), '--from', 'vch'])],
    details: {host, path, attempts, rung: rung?.id, code: rung?.code, from: vch === undefined ? 'here' : 'vch'},
  })
}

interface Waiting extends Pick<WaitOptions, 'onAttempt'> {
  readonly looks: Looks
  readonly startedMs: number
  missed: Missed
}

/** One try from this machine and, where that has no way to the share, from the VCH. @returns undefined for "not yet" */
async function tryEither(
  waiting: Waiting,
  attempt: number,
  call: {readonly signal: AbortSignal},
): Promise<SeenFromEither | undefined> {
  const {looks, startedMs, onAttempt} = waiting
  const elapsedMs = (): number => Math.round(performance.now() - startedMs)
  const seen = (from: Standpoint): SeenFromEither => ({attempts: attempt, elapsedMs: elapsedMs(), from})
  const here = failedRung(await looks.here(call))
  if (here === undefined) return seen('here')
  waiting.missed = {here: here.finding, rung: here}
  onAttempt?.({attempt, elapsedMs: elapsedMs(), rung: here})
  if (!isOfThisMachine(here.code)) return undefined
  waiting.missed = {here: here.finding, rung: here, vch: {finding: 'its container has not ended'}}
  const report = await looks.vch(call)
  const there = failedRung(report as Look)
  if (there !== undefined) {
    waiting.missed = {here: here.finding, rung: there, vch: {name: report.vch, finding: there.finding}}
    onAttempt?.({attempt, elapsedMs: elapsedMs(), rung: there})
    return undefined
  }
  // It is up by now: only what this machine cannot reach even so is left to the VCH.
  const again = failedRung(await looks.here(call))
  if (again === undefined) return seen('here')
  if (isOfThisMachine(again.code)) return {...seen('vch'), finding: again.finding}
  waiting.missed = {here: again.finding, rung: again}
  return undefined
}

/**
 * Tries the read-only ladder until it passes: from this machine, and each time that this machine has no way to the share
 * from the VCH, too (S3). What the server itself refuses, it refuses everywhere.
 * @throws VN-NFS-NOT-READY with what was found from which place; VN-CHECK-…, VN-VCH-… at once; VN-INTERRUPTED
 */
export async function waitFromEither(
  place: ShareAddress,
  looks: Looks,
  options: Pick<WaitOptions, 'signal' | 'timeoutMs' | 'onAttempt'>,
): Promise<SeenFromEither> {
  const {signal, timeoutMs, onAttempt} = options
  const missed = {here: 'it did not answer in time'}
  const waiting: Waiting = {looks, startedMs: performance.now(), missed, onAttempt}
  let running: Promise<SeenFromEither | undefined> = Promise.resolve(undefined)
  try {
    return await waitFor((n, call) => (running = tryEither(waiting, n, call)), {
      signal,
      timeoutMs,
      intervalMs: FIRST_INTERVAL_MS,
      maxIntervalMs: LONGEST_INTERVAL_MS,
      isFinal: () => true,
      onTimeout: (_error, attempts) => notReady(place, waiting.missed, {attempts, timeoutMs}),
    })
  } finally {
    // eslint-disable-next-line vicnfs/heeds-stop -- a look that was broken off is waited for: its container is not left behind
    await running.catch(() => undefined)
  }
}
