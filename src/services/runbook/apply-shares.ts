import {shareUrl} from '../../model/share.js'
import {withUndoFailures} from '../../engine/work.js'
import {exposeShare} from '../share/expose-share.js'
import {noteFailure, isStopped, type ApplyRun} from './apply-state.js'
import {eachLimited, openLane} from './lanes.js'
import {recapError} from './recap.js'
import type {SurveyedShare} from './survey-shares.js'

async function bringUp(run: ApplyRun, surveyed: SurveyedShare): Promise<void> {
  const {share, draft} = surveyed
  const {key} = share
  const id = `share/${key}`
  await run.work.step(id, `Share "${key}"`, async (step) => {
    const lane = openLane({key, id}, {signal: step.signal, onEvent: run.onEvent})
    try {
      const wish = {request: share.request, volume: share.volume}
      const exposed = await exposeShare(run.adapters.one(share.vch), wish, {work: lane.work, draft})
      run.exposed.set(key, exposed)
      run.shareLanes.set(key, lane)
      const isUnchanged = exposed.outcome === 'unchanged' && exposed.volume !== 'created'
      const url = shareUrl(exposed.share.place)
      run.shares.set(key, {key, vch: share.vch, outcome: isUnchanged ? 'unchanged' : exposed.outcome, url})
      if (isUnchanged) step.unchanged(url)
      else step.note(url)
    } catch (error) {
      throw withUndoFailures(error, await lane.unwind())
    }
  })
}

/** Brings all shares up, several at a time; one that fails is taken back by itself. The caller holds all locks. */
export async function bringUpShares(run: ApplyRun): Promise<void> {
  const open = run.survey.shares.filter(({error}) => error === undefined)
  await eachLimited(open, run.options.parallel, async (surveyed) => {
    if (isStopped(run)) return
    try {
      await bringUp(run, surveyed)
    } catch (thrown) {
      const {key, vch} = surveyed.share
      const error = noteFailure(run, thrown)
      run.shares.set(key, {key, vch, outcome: 'failed', error: recapError(error)})
    }
  })
}
