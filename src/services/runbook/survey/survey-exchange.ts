import type {Work} from '../../../engine/work.js'
import {requestDifferences, type ShareRequest} from '../../../model/share.js'
import {isVicnfsError, type VicnfsError} from '../../../model/vicnfs-error.js'
import type {RunbookShare} from '../../../runbook/runbook.js'
import type {Adapters} from '../../adapters.js'
import {isAbout, occupantNow, type OpenExchange} from '../../exchange/plan.js'
import {needsVch, requireAtRest} from '../../exchange/listed-stores.js'
import {admitRecreate, storesToKeep} from '../../exchange/recreate-rules.js'
import {identifyConsumer} from '../../registration/identify-consumer.js'
import {lookAtServerVch} from '../../share/draft-share.js'
import type {ShareDraft} from '../../share/draft-share.js'
import {refuseDifferent} from '../../share/ensure-server.js'
import {requireVolume} from '../../share/ensure-volume.js'
import {addressOf, refuseForeign, type ServerContainer} from '../../share/find-server.js'
import {quietWork} from './quiet-work.js'
import type {Consumers} from '../ready-consumers.js'
import type {RunbookAdapters} from '../runbook-adapters.js'
import type {Scope} from '../scope.js'
import type {SurveyedShare} from './survey-shares.js'

/** What is to be done with what stands at the place of a share, before the share is as the runbook has it. */
export interface ShareExchange {
  /** `settle`: an earlier run was cut off in an exchange, which is ended first. */
  readonly kind: 'settle' | 'un-park' | 'recreate'
  /** In words. */
  readonly what: string
  /** The container that stands there now; undefined while nobody knows. */
  readonly standing?: ServerContainer
  readonly draft: ShareDraft
  /** Empty while the address is not known. */
  readonly host: string
}

const placeOf = (server: ServerContainer): string => addressOf(server) || (server.choice.address ?? '')

interface LookOptions {
  /** Consent to exchange a server container that differs. */
  readonly recreate: boolean
  /** Exchanges that earlier runs began and did not end. */
  readonly open: readonly OpenExchange[]
  readonly work: Work
}

/**
 * Looks at what stands at the place of a share; changes nothing.
 * @returns undefined where nothing has to be exchanged
 * @throws VN-SHARE-DIFFERS, VN-SHARE-NO-VOLUME, VN-SHARE-FOREIGN for a parked share that cannot come back
 */
export async function exchangeFor(
  adapters: Adapters,
  request: ShareRequest,
  {recreate, open, work}: LookOptions,
): Promise<ShareExchange | undefined> {
  const {signal} = work
  const begun = open.find(({plan}) => isAbout(plan, request.name))?.plan
  const standing = begun === undefined ? await occupantNow(adapters, request.name, signal) : undefined
  if (begun === undefined && standing === undefined) return undefined
  const draftWith = async (parts: Pick<ShareDraft, 'server' | 'choice'>): Promise<ShareDraft> => {
    return {request, info: await lookAtServerVch(adapters.server, work), ...parts}
  }
  if (begun !== undefined) {
    const {choice} = begun.from
    const draft = await draftWith({server: undefined, choice})
    const what = 'end the exchange of its server, which an earlier run began'
    return {kind: 'settle', what, draft, host: choice.address ?? ''}
  }
  const server = standing as ServerContainer
  if ('records' in server) {
    refuseDifferent(server, request)
    if (!request.scratch) await requireVolume(adapters.server, {name: request.name, create: false}, {signal})
    await refuseForeign(adapters.server, request, {signal})
    const draft = await draftWith({server: undefined, choice: server.choice})
    const what = 'serve the volume again, in the place of the empty server'
    return {kind: 'un-park', what, standing: server, draft, host: placeOf(server)}
  }
  const differences = requestDifferences(server, request)
  if (!recreate || differences.length === 0) return undefined
  const moves = differences.some(({field}) => field === 'network' || field === 'address')
  const text = differences.map(({field, is, wanted}) => `${field} is ${is}, asked for ${wanted}`).join('; ')
  const draft = await draftWith({server, choice: server.choice})
  const host = moves ? (request.address ?? '') : placeOf(server)
  return {kind: 'recreate', what: `replace ${server.container.name}: ${text}`, standing: server, draft, host}
}

/** The adapters of a share's server VCH beside a VCH that uses it; by itself for a share that nobody uses. */
export function adaptersOfShare(adapters: RunbookAdapters, scope: Scope, share: RunbookShare): Adapters {
  const user = userOf(scope, share)
  return user === undefined ? adapters.one(share.vch) : adapters.pair(share.vch, user)
}

/** The adapters of a share's server VCH by itself, which look at the share as a VCH that uses it does. */
export function servingAdapters(adapters: RunbookAdapters, scope: Scope, share: RunbookShare): Adapters {
  const nfs = adapters.nfsFrom?.(userOf(scope, share) ?? share.vch)
  return {...adapters.one(share.vch), ...(nfs === undefined ? {} : {nfs})}
}

function userOf(scope: Scope, share: RunbookShare): string | undefined {
  return scope.consumers.find(({stores}) => stores.some((each) => each.share.key === share.key))?.key
}

/** What speaks against exchanging a server, as far as it can be seen now; containers may be stopped by a step first. */
async function refuseRecreate(
  adapters: RunbookAdapters,
  scope: Scope,
  options: {readonly share: RunbookShare; readonly server: ServerContainer; readonly work: Work} & {
    readonly consumers: Consumers
  },
): Promise<void> {
  const {share, server, consumers} = options
  const user = userOf(scope, share)
  const known = user === undefined ? undefined : consumers.get(user)
  if (isVicnfsError(known)) throw known
  const own = adaptersOfShare(adapters, scope, share)
  const work = quietWork(options.work)
  const wanted = share.request
  const subject = await admitRecreate(own, server, {wanted, consents: {deleteVolume: false}, work})
  if (!(await needsVch(own, subject, work))) return
  const vch = known ?? (await identifyConsumer(own, {work}))
  const listed = await storesToKeep(own, vch, {subject, wanted, work})
  const stopsFirst = scope.steps.some(({when, phase}) => when === 'before' && phase === 'shares')
  if (listed.length > 0 && !stopsFirst) await requireAtRest(own, vch, {server, listed, work})
}

/** Refuses what cannot be exchanged, share by share; changes nothing. */
export async function admitExchanges(
  adapters: RunbookAdapters,
  scope: Scope,
  options: {readonly shares: readonly SurveyedShare[]; readonly consumers: Consumers; readonly work: Work},
): Promise<SurveyedShare[]> {
  const {shares, consumers, work} = options
  const admitted: SurveyedShare[] = []
  for (const surveyed of shares) {
    const {share, exchange} = surveyed
    let error: VicnfsError | undefined
    if (exchange?.kind === 'recreate' && exchange.standing !== undefined) {
      try {
        await refuseRecreate(adapters, scope, {share, server: exchange.standing, consumers, work})
      } catch (thrown) {
        if (!isVicnfsError(thrown) || thrown.kind === 'interrupted') throw thrown
        error = thrown
      }
    }
    admitted.push(error === undefined ? surveyed : {...surveyed, error})
  }
  return admitted
}
