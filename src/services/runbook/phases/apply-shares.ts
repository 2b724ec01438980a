import {shellQuote} from '../../../model/redaction.js'
import {shareUrl} from '../../../model/share.js'
import {withUndoFailures} from '../../../engine/work.js'
import type {Work} from '../../../engine/work.js'
import {exchangeFirst} from '../../exchange/exchange-first.js'
import {exposeShare} from '../../share/expose-share.js'
import {orFromVch} from '../../share-check/or-from-vch.js'
import {isJustStopped, noteFailure, isStopped, type ApplyRun} from './apply-state.js'
import {eachPlanned, openLane, type PlannedStep} from './lanes.js'
import {recapError} from '../recap.js'
import {adaptersOfShare, servingAdapters} from '../survey/survey-exchange.js'
import type {SurveyedShare} from '../survey/survey-shares.js'

/** Exchanges what stands at the place of a share, under the locks of the run. @throws as `exchangeFirst` does */
async function exchangeNow(run: ApplyRun, {share, exchange}: SurveyedShare, work: Work) {
  if (exchange === undefined) return undefined
  const {consents, recreate} = run.options
  const own = adaptersOfShare(run.adapters, run.scope, share)
  const wish = {request: share.request, consents: {...consents, resetProgress: false}}
  const agreed = recreate && exchange.kind === 'recreate' ? {recreate: {deleteVolume: false}} : {}
  return exchangeFirst(own, {...wish, ...agreed}, {work, held: run.held})
}

async function bringUp(run: ApplyRun, {id, title, item}: PlannedStep<SurveyedShare>): Promise<void> {
  const {share, draft: drafted, exchange} = item
  const {key} = share
  await run.work.step(id, title, async (step) => {
    const lane = openLane({key, id}, {signal: step.signal, onEvent: run.onEvent})
    try {
      const exchanged = await exchangeNow(run, item, lane.work)
      const wish = {request: share.request, volume: share.volume}
      // A server at the address of a store that a VCH lists is never taken back (S4).
      const listed = run.survey.consumers.flatMap(({existing}) => existing)
      const admit = (): Promise<typeof listed> => Promise.resolve(listed)
      const draft = exchange === undefined ? drafted : undefined
      const serving = servingAdapters(run.adapters, run.scope, share)
      const exposed = await exposeShare(serving, wish, {work: lane.work, draft, admit})
      run.exposed.set(key, exposed)
      run.shareLanes.set(key, lane)
      const isUnchanged = exposed.outcome === 'unchanged' && exposed.volume !== 'created'
      const url = shareUrl(exposed.share.place)
      run.shares.set(key, {
        key,
        vch: share.vch,
        outcome: exchanged ?? (isUnchanged ? 'unchanged' : exposed.outcome),
        url,
      })
      if (isUnchanged && exchanged === undefined) step.unchanged(url)
      else step.note(url)
    } catch (error) {
      throw withUndoFailures(error, await lane.unwind())
    }
  })
}

/** Brings all shares up, several at a time; one that fails is taken back by itself. The caller holds all locks. */
export async function bringUpShares(run: ApplyRun): Promise<void> {
  const open = run.survey.shares.filter(({error}) => error === undefined)
  const steps = open.map((item) => ({id: `share/${item.share.key}`, title: `Share "${item.share.key}"`, item}))
  await eachPlanned(steps, {limit: run.options.parallel, onEvent: run.onEvent}, async (planned) => {
    if (isStopped(run)) return
    try {
      await bringUp(run, planned)
    } catch (thrown) {
      const {key, vch} = planned.item.share
      const {fromVch, command} = run.options
      const told = fromVch === true ? thrown : orFromVch(thrown, shellQuote([...command, '--from', 'vch']))
      const error = noteFailure(run, told, {server: vch})
      if (!isJustStopped(error)) run.shares.set(key, {key, vch, outcome: 'failed', error: recapError(error)})
    }
  })
}
