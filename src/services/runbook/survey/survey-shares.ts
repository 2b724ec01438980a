import type {Work} from '../../../engine/work.js'
import {checkShareRequest} from '../../../model/check-share-request.js'
import {isVicnfsError, type VicnfsError} from '../../../model/vicnfs-error.js'
import type {ShareAddress} from '../../../nfs/preflight/report.js'
import type {RunbookShare} from '../../../runbook/runbook.js'
import type {VchVolume} from '../../../vch/vch-api.js'
import type {Adapters} from '../../adapters.js'
import {openExchanges, type OpenExchange} from '../../exchange/plan.js'
import {draftShare, type ShareDraft} from '../../share/draft-share.js'
import {requireVolume} from '../../share/ensure-volume.js'
import {addressOf} from '../../share/find-server.js'
import {endpointKey} from '../../vch-lock.js'
import {askedOnce} from './asked-once.js'
import {quietWork} from './quiet-work.js'
import {exchangeFor, type ShareExchange} from './survey-exchange.js'

/** What there is of a share, and what it would be. */
export interface SurveyedShare {
  readonly share: RunbookShare
  readonly draft?: ShareDraft
  /** Its volume, if there is one; scratch space has none. */
  readonly volume?: VchVolume
  /** Id of the last journal entry about making or removing that volume. */
  readonly noted?: string
  /** Where it is, or will be; the host is empty while the network hands it out. */
  readonly place: ShareAddress
  /** What stands there has to be exchanged first. */
  readonly exchange?: ShareExchange
  readonly error?: VicnfsError
}

interface ShareOptions {
  readonly recreate: boolean
  readonly open: readonly OpenExchange[]
  /** Ids of the last journal entries about volumes, by name. */
  readonly noted: ReadonlyMap<string, string>
  readonly work: Work
}

async function surveyOne(adapters: Adapters, share: RunbookShare, options: ShareOptions): Promise<SurveyedShare> {
  const {work} = options
  const {request} = share
  const {exportFolder: path, uid, gid} = request
  const nowhere = {host: '', path, uid, gid}
  try {
    checkShareRequest(request)
    const exchange = await exchangeFor(adapters, request, options)
    const draft = exchange?.draft ?? (await draftShare(adapters, request, work))
    const call = {signal: work.signal}
    if (!request.scratch) await requireVolume(adapters.server, share.volume, call)
    const {name} = share.volume
    const found = request.scratch ? undefined : await adapters.server.inspectVolume(name, call)
    const noted = options.noted.get(name)
    const volume = {...(found === undefined ? {} : {volume: found}), ...(noted === undefined ? {} : {noted})}
    const host = (draft.server === undefined ? '' : addressOf(draft.server)) || (draft.choice.address ?? '')
    if (exchange !== undefined) return {share, draft, ...volume, place: {...nowhere, host: exchange.host}, exchange}
    return {share, draft, ...volume, place: {...nowhere, host}}
  } catch (error) {
    if (!isVicnfsError(error) || error.kind === 'interrupted') throw error
    return {share, place: nowhere, error}
  }
}

/** What this machine noted last of the volumes of a server VCH: that it makes or removes one. */
async function notedVolumes({journal, server}: Adapters): Promise<ReadonlyMap<string, string>> {
  const noted = new Map<string, string>()
  for (const {intent} of await journal.history([endpointKey(server.endpoint)])) {
    const {volume} = intent.data
    const isOfVolume = ['volume-create', 'volume-remove'].includes(intent.action)
    if (isOfVolume && typeof volume === 'string') noted.set(volume, intent.id)
  }
  return noted
}

/**
 * Looks at the shares of one server VCH; makes nothing. Addresses of new servers are picked here, all of them different.
 * @returns in the order of the shares
 */
export async function surveyShares(
  adapters: Adapters,
  shares: readonly RunbookShare[],
  {recreate, work}: Pick<ShareOptions, 'recreate' | 'work'>,
): Promise<SurveyedShare[]> {
  const taken = new Map<string, string[]>()
  const planning = {...adapters, server: askedOnce(adapters.server, taken)}
  const quiet = quietWork(work)
  const open = await openExchanges(adapters, work.signal)
  const noted = await notedVolumes(adapters)
  const surveyed = new Map<string, SurveyedShare>()
  // Whoever asks for an address of its own comes before those that take any.
  const order = [...shares].sort((a, b) => Number(a.request.address === null) - Number(b.request.address === null))
  for (const share of order) {
    const found = await surveyOne(planning, share, {recreate, open, noted, work: quiet})
    surveyed.set(share.key, found)
    const {server, choice} = found.draft ?? {}
    if (server !== undefined || choice === undefined || choice.address === null) continue
    taken.set(choice.network, [...(taken.get(choice.network) ?? []), choice.address])
  }
  return shares.map(({key}) => surveyed.get(key) as SurveyedShare)
}
