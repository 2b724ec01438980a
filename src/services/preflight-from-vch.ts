import {sideBySide} from '../engine/side-by-side.js'
import {runWork, type Work} from '../engine/work.js'
import {shellQuote} from '../model/redaction.js'
import {shareUrl} from '../model/share.js'
import {isVicnfsError} from '../model/vicnfs-error.js'
import {ownerOf, type VolumeStore} from '../model/volume-store.js'
import type {PreflightReport, ShareAddress} from '../nfs/preflight/report.js'
import type {ConsumerAdapters, ServiceOptions} from './adapters.js'
import {placeOfUrl, requirePassed, rungText} from './preflight-url.js'
import {BRIDGE, climbInContainer, type VchCheckWish} from './share-check/climb.js'
import {asCheck} from './share-check/leftovers.js'
import {makeReady} from './share-check/make-ready.js'
import type {VchPreflightReport, VchRung} from './share-check/report.js'
import {whatIsProven, type ProvenFromVch} from './share-check/what-is-proven.js'
import {endpointKey, withVchLock} from './vch-lock.js'

/** Each is a container VM: a VCH starts a few side by side. */
const CONTAINERS_AT_ONCE = 4

async function climbFrom(
  adapters: ConsumerAdapters,
  place: ShareAddress,
  options: {readonly wish: VchCheckWish; readonly run: string; readonly work: Work},
): Promise<VchPreflightReport> {
  const {consumer: api} = adapters
  const {wish, run, work} = options
  const info = await api.info({signal: work.signal})
  if (info.kind === 'docker-engine')
    work.note('warning', `${api.endpoint} is a plain Docker Engine, no VCH: nothing is proven about a VCH.`)
  const title = `Climb the ladder in a container of ${info.name}, on the network ${wish.network ?? BRIDGE}`
  return work.step('share-check', title, async ({signal}) => {
    const onRung = (rung: VchRung): void => work.note(isTold(rung) ? 'plan' : 'detail', rungText(rung))
    const report = await climbInContainer(adapters, place, {wish, run, info, signal, onRung})
    return requirePassed(report, {who: `A container of ${info.name}`, tries: [compareFromHere(place)]})
  })
}

/** Whether the share or the way to it is to blame shows in the comparison. */
const compareFromHere = (place: ShareAddress): string => shellQuote(['vicnfs', 'preflight', shareUrl(place)])

/** A rung of the kernel that was left out tells what is not proven. */
const isTold = ({id, state, finding}: VchRung): boolean =>
  state !== 'skipped' || (id.startsWith('kernel-') && finding.startsWith('not proven'))

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
  await makeReady(adapters, wish.image, {work, signal: work.signal})
  return climbOnce(adapters, place, options)
}

/** One container from its making to its removal. */
async function climbOnce(
  adapters: ConsumerAdapters,
  place: ShareAddress,
  {wish, work}: {readonly wish: VchCheckWish; readonly work: Work},
): Promise<VchPreflightReport> {
  return asCheck(adapters, work, (run) => climbFrom(adapters, place, {wish, run, work}))
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
  await makeReady(adapters, image, {work, signal: work.signal})
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
