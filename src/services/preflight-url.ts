import {runWork, type StepHandle} from '../engine/work.js'
import type {ErrorCode} from '../model/error-table.js'
import {VicnfsError} from '../model/vicnfs-error.js'
import {ownerOf, parseStoreArgument} from '../model/volume-store.js'
import type {PreflightReport, Rung, ShareAddress} from '../nfs/preflight/report.js'

export type {PreflightReport}
import type {NfsAccess, ServiceOptions} from './adapters.js'

const MARKS = {passed: '✔', failed: '✘', skipped: '-'} as const

/** One rung as people read it. */
export function rungText(rung: Rung): string {
  const time = rung.state === 'skipped' ? '' : ` (${rung.durationMs.toFixed(1)} ms)`
  return `${MARKS[rung.state]} ${rung.title}${time}${rung.finding === '' ? '' : `: ${rung.finding}`}`
}

/** A finding as a sentence of its own. */
function sentence(finding: string): string {
  return `${finding.slice(0, 1).toUpperCase()}${finding.slice(1)}${finding.endsWith('.') ? '' : '.'}`
}

/** @throws the error of the rung that failed */
function requirePassed(report: PreflightReport): PreflightReport {
  if (report.passed) return report
  const failed = report.rungs.find((rung) => rung.state === 'failed')
  const code = (failed?.code ?? 'VN-BUG') as ErrorCode
  throw new VicnfsError(
    code,
    `A VCH could not use ${report.host}:${report.path}: ${failed?.title ?? 'preflight'} failed.`,
    {
      reason: sentence(failed?.finding ?? 'no rung says why'),
      tries: failed?.tries ?? [],
      details: {report},
    },
  )
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

/** The ladder for a URL, rung by rung; a failing share is an error, its report in the details. */
export async function preflightUrl(
  options: {readonly url: string; readonly readOnly: boolean; readonly stepTimeoutMs: number},
  adapters: {readonly nfs: NfsAccess},
  serviceOptions: ServiceOptions,
): Promise<PreflightReport> {
  return runWork(async (work) => {
    const report = await adapters.nfs.preflight(placeOfUrl(options.url), {
      signal: work.signal,
      readOnly: options.readOnly,
      rungTimeoutMs: options.stepTimeoutMs,
      onRung: (rung) => {
        work.note(rung.state === 'skipped' ? 'detail' : 'plan', rungText(rung))
      },
    })
    return requirePassed(report)
  }, serviceOptions)
}
