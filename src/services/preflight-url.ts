import {runWork, type StepHandle} from '../engine/work.js'
import type {ErrorCode} from '../model/error-table.js'
import {shellQuote} from '../model/redaction.js'
import {VicnfsError} from '../model/vicnfs-error.js'
import {ownerOf, parseStoreArgument} from '../model/volume-store.js'
import type {PreflightReport, Rung, ShareAddress} from '../nfs/preflight/report.js'

import type {NfsAccess, ServiceOptions} from './adapters.js'

const MARKS = {passed: '✔', failed: '✘', skipped: '-'} as const

/** One rung as people read it. */
export function rungText(rung: Omit<Rung, 'id'>): string {
  const time = rung.state === 'skipped' ? '' : ` (${rung.durationMs.toFixed(1)} ms)`
  return `${MARKS[rung.state]} ${rung.title}${time}${rung.finding === '' ? '' : `: ${rung.finding}`}`
}

/** A finding as a sentence of its own. */
function sentence(finding: string): string {
  return `${finding.slice(0, 1).toUpperCase()}${finding.slice(1)}${finding.endsWith('.') ? '' : '.'}`
}

/** What every report has, wherever the ladder was climbed. */
interface Climbed {
  readonly passed: boolean
  readonly host: string
  readonly path: string
  readonly rungs: readonly Omit<Rung, 'id'>[]
}

/**
 * @param from who climbed the ladder, and commands to try in place of the failed rung's
 * @throws the error of the rung that failed
 */
export function requirePassed<R extends Climbed>(
  report: R,
  from: {readonly who?: string; readonly tries?: readonly string[]} = {},
): R {
  if (report.passed) return report
  const failed = report.rungs.find((rung) => rung.state === 'failed')
  const code = (failed?.code ?? 'VN-BUG') as ErrorCode
  const {who = 'A VCH', tries = failed?.tries ?? []} = from
  throw new VicnfsError(code, `${who} could not use ${report.host}:${report.path}: ${failed?.title ?? 'it'} failed.`, {
    reason: sentence(failed?.finding ?? 'no rung says why'),
    tries,
    details: {report},
  })
}

/** Runs the ladder as one step of a larger work. @throws VN-NFS-… of the rung that failed */
export async function passPreflight(
  nfs: NfsAccess,
  place: ShareAddress,
  options: {readonly step: StepHandle; readonly rungTimeoutMs: number},
): Promise<PreflightReport> {
  const {step, rungTimeoutMs} = options
  const report = await nfs.preflight(place, {
    signal: step.signal,
    rungTimeoutMs,
    onRung: (rung) => {
      step.progress(rungText(rung))
    },
  })
  requirePassed(report)
  const passed = report.rungs.filter((rung) => rung.state === 'passed').length
  const source = report.privilegedPort ? 'privileged source port' : 'unprivileged source port'
  step.note(`${passed} rungs passed, ${source}`)
  return report
}

/**
 * Reads an NFS store URL, which is meant for the store `label` where there is one, as `nfs://host/path?uid=&gid=`; uid and gid as VIC reads them.
 * @throws VN-STORE-…
 */
export function placeOfUrl(url: string, label = 'store'): ShareAddress {
  const store = parseStoreArgument(`${url}:${label}`)
  if (store.scheme !== 'nfs') {
    throw new VicnfsError('VN-SETTING-BAD', `"${url}" is no NFS URL: it must look like nfs://host/path?uid=0&gid=0.`)
  }
  return {host: store.host, path: store.path, ...ownerOf(store)}
}

/** What may only seem so from this machine: a VCH has other routes and names, and source ports below 1024. */
const OF_THIS_MACHINE: ReadonlySet<string | undefined> = new Set([
  'VN-NFS-NAME',
  'VN-NFS-UNREACHABLE',
  'VN-NFS-TIMEOUT',
  'VN-NFS-AUTH-TOOWEAK',
  'VN-NFS-SECURE-EXPORT',
])

/** Whether the code of a failed rung may only seem so from this machine (S3). */
export function isOfThisMachine(code: string | undefined): boolean {
  return OF_THIS_MACHINE.has(code)
}

function triesFromVch(report: PreflightReport, url: string): readonly string[] {
  const failed = report.rungs.find((rung) => rung.state === 'failed')
  const tries = failed?.tries ?? []
  return isOfThisMachine(failed?.code)
    ? [...tries.slice(0, 1), shellQuote(['vicnfs', 'preflight', url, '--from', 'vch'])]
    : tries
}

/** The ladder for a URL, rung by rung; a failing share is an error, its report in the details. */
export async function preflightUrl(
  options: {readonly url: string; readonly readOnly: boolean; readonly stepTimeoutMs: number},
  adapters: {readonly nfs: NfsAccess},
  serviceOptions: ServiceOptions,
): Promise<PreflightReport & {readonly from: 'here'}> {
  return runWork(async (work) => {
    const report = await adapters.nfs.preflight(placeOfUrl(options.url), {
      signal: work.signal,
      readOnly: options.readOnly,
      rungTimeoutMs: options.stepTimeoutMs,
      onRung: (rung) => {
        work.note(rung.state === 'skipped' ? 'detail' : 'plan', rungText(rung))
      },
    })
    return {...requirePassed(report, {tries: triesFromVch(report, options.url)}), from: 'here' as const}
  }, serviceOptions)
}
