import {randomBytes} from 'node:crypto'
import {sideBySide} from '../engine/side-by-side.js'
import {runWork, type Work} from '../engine/work.js'
import {shellQuote} from '../model/redaction.js'
import {shareUrl} from '../model/share.js'
import {isVicnfsError, VicnfsError} from '../model/vicnfs-error.js'
import {ownerOf, type VolumeStore} from '../model/volume-store.js'
import type {PreflightReport, ShareAddress} from '../nfs/preflight/report.js'
import {RUNG_TITLES} from '../nfs/preflight/rung-titles.js'
import type {VchApi} from '../vch/vch-api.js'
import type {ConsumerAdapters, ServiceOptions} from './adapters.js'
import {placeOfUrl, requirePassed, rungText} from './preflight-url.js'
import {ensureImage} from './share/ensure-server.js'
import {journalCheck, removeCheck, sweepChecks} from './share-check/leftovers.js'
import {readCheckLog, type CheckLog} from './share-check/read-log.js'
import type {VchPreflightReport, VchRung} from './share-check/report.js'
import {runCheckContainer} from './share-check/run-container.js'
import {whatIsProven, type ProvenFromVch} from './share-check/what-is-proven.js'
import {endpointKey, withVchLock} from './vch-lock.js'

/** The network of a container for which none is named. */
const BRIDGE = 'bridge'
/** Each is a container VM: a VCH starts a few side by side. */
const CONTAINERS_AT_ONCE = 4

export interface VchCheckWish {
  readonly image: string
  /** Network of the container; the VCH's bridge when absent, from which it leaves through the endpoint VM. */
  readonly network?: string
  readonly readOnly: boolean
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

async function climbFrom(
  adapters: ConsumerAdapters,
  place: ShareAddress,
  options: {readonly wish: VchCheckWish; readonly run: string; readonly work: Work},
): Promise<VchPreflightReport> {
  const {consumer: api, limits, nfs} = adapters
  const {wish, run, work} = options
  const info = await api.info({signal: work.signal})
  const onEngine = info.kind === 'docker-engine'
  const network = wish.network ?? BRIDGE
  if (onEngine) work.note('warning', `${api.endpoint} is a plain Docker Engine, no VCH: nothing is proven about a VCH.`)
  const title = `Climb the ladder in a container of ${info.name}, on the network ${network}`
  return work.step('share-check', title, async (step) => {
    const watch = rungWatch((rung) => work.note(isTold(rung) ? 'plan' : 'detail', rungText(rung)))
    const {stepTimeoutMs, readyTimeoutMs: timeoutMs} = limits
    const check = {...wish, place, run, onEngine, stepTimeoutMs, portmapPort: nfs.portmapPort}
    const onLog = (log: string): void => watch(readCheckLog(log))
    const {exitCode, log} = await runCheckContainer(api, check, {step, timeoutMs, onLog})
    const read = readCheckLog(log)
    watch(read)
    const result = requireResult(read, exitCode)
    const whole = {...result, ...place, readOnly: wish.readOnly, rungs: read.rungs}
    const report = {...whole, from: 'vch' as const, vch: info.name, onEngine, network}
    return requirePassed(report, {who: `A container of ${info.name}`, tries: [compareFromHere(place)]})
  })
}

/** Whether the share or the way to it is to blame shows in the comparison. */
const compareFromHere = (place: ShareAddress): string => shellQuote(['vicnfs', 'preflight', shareUrl(place)])

/** A rung of the kernel that was left out tells what is not proven. */
const isTold = ({id, state, finding}: VchRung): boolean =>
  state !== 'skipped' || (id.startsWith('kernel-') && finding.startsWith('not proven'))

async function makeReady(api: VchApi, image: string, work: Work): Promise<void> {
  await work.step('share-check-image', `Make sure that the image ${image} is there`, (step) =>
    ensureImage(api, image, step),
  )
}

/**
 * Has a one-shot container of the server image on the consumer VCH climb the ladder, mount with its own kernel and write;
 * the container is removed in every case. The caller holds the lock of that VCH.
 * @throws VN-NFS-… of the rung that failed, the report in its details; VN-CHECK-…, VN-VCH-…
 */
export async function preflightFromVch(
  place: ShareAddress,
  adapters: ConsumerAdapters,
  options: {readonly wish: VchCheckWish; readonly work: Work},
): Promise<VchPreflightReport> {
  const {wish, work} = options
  const {consumer: api, journal} = adapters
  const keys = [endpointKey(api.endpoint)]
  await makeReady(api, wish.image, work)
  await sweepChecks(api, {journal, keys}, work)
  return climbOnce(adapters, place, options)
}

/** One container from its making to its removal. */
async function climbOnce(
  adapters: ConsumerAdapters,
  place: ShareAddress,
  {wish, work}: {readonly wish: VchCheckWish; readonly work: Work},
): Promise<VchPreflightReport> {
  const {consumer: api, journal} = adapters
  const keys = [endpointKey(api.endpoint)]
  const run = randomBytes(4).toString('hex')
  return journalCheck(journal, {run, keys}, async () => {
    try {
      return await climbFrom(adapters, place, {wish, run, work})
    } finally {
      await removeCheck(api, run, work)
    }
  })
}

/**
 * The read-only ladder for several stores, by one container of the consumer VCH each, some at a time. The caller holds
 * the lock of that VCH.
 * @returns what each container found; a container that gave no result is an error
 * @throws VN-CHECK-…, VN-VCH-…
 */
export async function lookFromVch(
  adapters: ConsumerAdapters,
  stores: readonly VolumeStore[],
  options: {readonly image: string; readonly work: Work},
): Promise<ReadonlyMap<VolumeStore, Pick<PreflightReport, 'passed' | 'rungs'>>> {
  const {image, work} = options
  const {consumer: api, journal} = adapters
  const keys = [endpointKey(api.endpoint)]
  await makeReady(api, image, work)
  await sweepChecks(api, {journal, keys}, work)
  const entries = await sideBySide(stores, CONTAINERS_AT_ONCE, async (store) => {
    const place = {host: store.host, path: store.path, ...ownerOf(store)}
    const report = await climbOnce(adapters, place, {wish: {image, readOnly: true}, work}).catch(reportIn)
    return [store, report as Pick<PreflightReport, 'passed' | 'rungs'>] as const
  })
  return new Map(entries)
}

/** A ladder that failed is a result here. */
function reportIn(error: unknown): VchPreflightReport {
  const report = isVicnfsError(error) ? error.details['report'] : undefined
  if (report === undefined) throw error
  return report as VchPreflightReport
}

/** The ladder for a URL from the consumer VCH, rung by rung; a failing share is an error, its report in the details. */
export async function preflightUrlFromVch(
  options: VchCheckWish & {readonly url: string},
  adapters: ConsumerAdapters,
  serviceOptions: ServiceOptions,
): Promise<VchPreflightReport & ProvenFromVch> {
  const {url, ...wish} = options
  const place = placeOfUrl(url)
  return runWork(async (work) => {
    const keys = [endpointKey(adapters.consumer.endpoint)]
    const body = () => preflightFromVch(place, adapters, {wish, work})
    const report = await withVchLock(adapters, keys, {work, body})
    return {...report, ...whatIsProven(report)}
  }, serviceOptions)
}
