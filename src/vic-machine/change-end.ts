import {redact} from '../model/redaction.js'
import {phasesOf} from './change-phase.js'
import {parseLogLines, type LogLine} from './log-line.js'
import {findRefusal, redactRefusal} from './refusal.js'
import type {Refusal} from './refusal-rule.js'
import type {Change, ChangeClaim, ChangeEnd} from './vic-machine-api.js'

/** All that a run of vic-machine left behind. */
export interface ChangeOutput {
  readonly kind: Change['kind']
  readonly stdout: string
  readonly stderr: string
  /** undefined when it was killed by a signal, or when nobody was there to see its end. */
  readonly exitCode?: number
}

type Judgement = readonly [ChangeClaim, (Refusal | undefined)?]

/** What was said by a vic-machine that had begun to change the VCH (facts/vic-machine.md § 4). */
const WORK_BEGUN =
  /^(?:Setting VM configuration|Failed to (?:configure|upgrade): |Rolling back (?:configure|upgrade)|Reverting to snapshot |Failed to revert appliance|Failed to reset UpdateInProgress|Waiting for IP information|retrying task)/
const CLOSING = /^\S+ configure failed: ?/
const TIMED_OUT = /^\S+ configure failed: Configure timed out/
/** Before 1.4.0 a VCH that was reverted stays off. */
const LEFT_OFF = /Appliance is kept in powered off status/
const REFUSED_EARLY = /cannot continue|another upgrade\/configure operation is in progress/

/**
 * What the words of an ended vic-machine amount to (facts/vic-machine.md § 0, § 4). The exit code alone says nothing:
 * 0 stands for most failures too. In doubt the worse is claimed.
 */
export function classifyEnd(output: ChangeOutput, secrets: readonly string[] = []): ChangeEnd {
  const lines = parseLogLines(output.stdout)
  const errors = parseLogLines(output.stderr).filter((line) => !isLogTrouble(line.text))
  const all = [...lines, ...errors]
  const [claim, refusal] = claimOf(output, all)
  const reached = phasesOf(lines.map((line) => line.text)).at(-1)
  return {
    claim,
    ...(output.exitCode === undefined ? {} : {exitCode: output.exitCode}),
    errorLines: errorLines(lines, errors, claim).map((text) => redact(text, secrets)),
    ...(refusal === undefined ? {} : {refusal: redactRefusal(refusal, secrets)}),
    ...(reached === undefined ? {} : {reached}),
    twoSnapshots: hasTwoSnapshots(output, all),
    ...(all.some((line) => LEFT_OFF.test(line.text)) && {leftOff: true}),
    offlineLabels: offlineLabels(lines),
  }
}

function claimOf(output: ChangeOutput, lines: readonly LogLine[]): Judgement {
  const says = (pattern: RegExp) => lines.some((line) => pattern.test(line.text))
  const success =
    output.kind === 'reset-progress' ? /^Reset UpdateInProgress flag successfully$/ : /^Completed successfully$/
  if (lines.some((line) => line.level === 'info' && success.test(line.text))) return ['completed']
  const hasBegun = lines.some((line) => WORK_BEGUN.test(line.text))
  if (says(TIMED_OUT)) {
    const nothingTouched = !hasBegun && (says(REFUSED_EARLY) || !says(/^VCH ID: /))
    if (nothingTouched) return ['refused', timeoutAtOnce()]
    return [output.kind === 'reset-progress' ? 'failed' : 'timed-out']
  }
  if (says(/^Appliance is rolled back to (?:previous|old) version/)) {
    // Before 1.4.0 the VCH is left powered off, which is not as it was.
    return [says(LEFT_OFF) ? 'failed' : 'rolled-back']
  }
  if (hasBegun) return [isUnfinished(output, lines) ? 'vanished' : 'failed']
  if (says(CLOSING) && output.exitCode !== 0) return ['refused', findRefusal(lines)]
  return silentEnd(output, lines)
}

/** Ends without a closing line and without a sign that work had begun. */
function silentEnd(output: ChangeOutput, lines: readonly LogLine[]): Judgement {
  const refusal = findRefusal(lines)
  if (refusal?.code === 'VN-VICMACHINE-TARGET-INVALID' || refusal?.code === 'VN-VICMACHINE-USAGE')
    return ['refused', refusal]
  if (output.exitCode === 0 && lines.every((line) => line.text.trim() === '')) return ['refused', badTarget()]
  const isRollback = output.kind === 'rollback' && lines.some((line) => line.text === 'Attempting rollback of VCH')
  if (isRollback && output.exitCode === 0) return ['refused', noSnapshot()]
  return ['vanished']
}

/** Killed in the middle: no exit code, and none of the words that end a failed configure. */
function isUnfinished(output: ChangeOutput, lines: readonly LogLine[]): boolean {
  if (output.exitCode !== undefined) return false
  return !lines.some((line) => /^Failed to revert appliance to snapshot|^Collecting .* vpxd\.log$/.test(line.text))
}

function timeoutAtOnce(): Refusal {
  return {
    code: 'VN-VICMACHINE-TIMEOUT-AT-ONCE',
    message: 'vic-machine ran out of time before it touched the VCH.',
    reason: 'Logging in to vCenter and checking the configuration took as long as --vic-machine-timeout allows.',
  }
}

/** A VIC_MACHINE_TARGET that does not parse: exit code 0 and not one word (facts/vic-machine.md § 0.1). */
function badTarget(): Refusal {
  return {
    code: 'VN-VICMACHINE-TARGET-INVALID',
    message: 'vic-machine ended at once without a word, as it does when its target cannot be parsed.',
    tries: ['export VIC_MACHINE_TARGET=VCENTER/DATACENTER'],
  }
}

function noSnapshot(): Refusal {
  return {code: 'VN-VICMACHINE-NO-SNAPSHOT', message: 'vic-machine found no snapshot to roll the VCH back to.'}
}

function errorLines(lines: readonly LogLine[], stderr: readonly LogLine[], claim: ChangeClaim): string[] {
  const logged = [...lines, ...stderr].filter((line) => line.level === 'error').map((line) => line.text.trim())
  const plain =
    claim === 'completed' ? [] : stderr.filter((line) => line.level === 'plain').map((line) => line.text.trim())
  const usage = lines.flatMap(
    (line) => /^(?:Incorrect Usage[:.] .*|vic-machine failed, .*)/m.exec(line.text)?.[0] ?? [],
  )
  const said = [...logged, ...plain, ...(claim === 'completed' ? [] : usage)].filter((text) => !isNoise(text, claim))
  return said.filter((text, index) => said.indexOf(text) === index)
}

/** Rules, traces of Go contexts, and the race at the end of a successful run (facts/vic-machine.md § 0.3). */
function isNoise(text: string, claim: ChangeClaim): boolean {
  if (/^-*$/.test(text) || /^vic\/(?:cmd|lib|pkg)\/.*error: context (?:deadline exceeded|canceled)/.test(text))
    return true
  return claim === 'completed' && /context canceled/.test(text)
}

function isLogTrouble(text: string): boolean {
  return /^(?:Failed to write to log, |Error opening logfile )/.test(text) || text.trim() === ''
}

/**
 * Two snapshots of one name. `configure` says so; `--rollback` reverts by name as well, but drops the message: it says
 * `Reverting to snapshot`, waits for nothing, and exits 0 (vic lib/install/management/configure.go, Rollback).
 */
function hasTwoSnapshots(output: ChangeOutput, lines: readonly LogLine[]): boolean {
  const says = (pattern: RegExp) => lines.some((line) => pattern.test(line.text))
  if (says(/resolves to [2-9]\d* snapshots/)) return true
  if (output.kind !== 'rollback' || output.exitCode !== 0) return false
  return says(/^Reverting to snapshot /) && !says(/^Waiting for |^Completed successfully$|^Failed to /)
}

/** Both wordings: 1.3.0 to 1.5.8, and 1.2.x. */
function offlineLabels(lines: readonly LogLine[]): string[] {
  const pattern = /^VolumeStore \((.*)\) (?:cannot be brought online|specified was not able to be established)/
  return [...new Set(lines.flatMap((line) => pattern.exec(line.text)?.[1] ?? []))]
}
