import {sessionOn} from '../share-access.js'
import {mounted, release, sourceIsPrivileged, startClimb, type Climb} from './climb.js'
import {diagnose} from './diagnose.js'
import {LADDER, type Step} from './ladder.js'
import type {PreflightOptions, PreflightReport, Rung, ShareAddress} from './report.js'

async function climbRung(step: Step, climb: Climb): Promise<Rung> {
  const {id, title} = step
  const startedMs = performance.now()
  const spentMs = () => Math.round(performance.now() - startedMs)
  climb.rungDeadlineMs = startedMs + climb.rungTimeoutMs
  try {
    const finding = await step.climb(climb)
    return {id, title, state: 'passed', durationMs: spentMs(), finding}
  } catch (error) {
    climb.signal?.throwIfAborted()
    const durationMs = spentMs()
    return {id, title, state: 'failed', durationMs, ...(await diagnose(error, id, climb))}
  }
}

async function lookInside(climb: Climb, {whileMounted, signal, rungTimeoutMs}: PreflightOptions): Promise<void> {
  if (whileMounted === undefined) return
  const calls = {signal, timeoutMs: rungTimeoutMs ?? climb.rungTimeoutMs}
  await whileMounted(sessionOn(climb.address, {...mounted(climb), calls}))
}

/** Why a rung is not climbed; undefined when it is. */
function whySkipped(step: Step, {failed, readOnly}: {failed: Rung | undefined; readOnly: boolean}): string | undefined {
  if (failed !== undefined) return `not tried after "${failed.title}" failed`
  return readOnly && step.changes ? 'left out: this form changes nothing' : undefined
}

/**
 * Replays the calls by which a VCH brings an NFS store online, and a container VM's mount (DESIGN § 3.4).
 * The first failed rung ends the ladder; the read-only form stops before MKDIR and unmounts.
 * @returns the report, also for a share that fails
 * @throws only the signal's reason when aborted, and what `whileMounted` throws
 */
export async function runPreflight(address: ShareAddress, options: PreflightOptions = {}): Promise<PreflightReport> {
  options.signal?.throwIfAborted()
  const readOnly = options.readOnly ?? false
  const climb = startClimb(address, options)
  const rungs: Rung[] = []
  let failed: Rung | undefined
  try {
    for (const step of LADDER) {
      const {id, title} = step
      const skipped = whySkipped(step, {failed, readOnly})
      const rung: Rung =
        skipped === undefined
          ? await climbRung(step, climb)
          : {id, title, state: 'skipped', durationMs: 0, finding: skipped}
      if (rung.state === 'failed') failed = rung
      rungs.push(rung)
      options.onRung?.(rung)
      if (id === 'fsinfo' && rung.state === 'passed') await lookInside(climb, options)
    }
  } finally {
    await release(climb)
  }
  const {host, path, uid, gid} = address
  const privilegedPort = sourceIsPrivileged(climb)
  return {passed: failed === undefined, host, path, uid, gid, privilegedPort, readOnly, rungs}
}
