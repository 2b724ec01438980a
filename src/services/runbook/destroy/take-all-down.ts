import type {OnEvent} from '../../../model/event.js'
import {shareUrl} from '../../../model/share.js'
import {addressOf, type ServerContainer} from '../../share/find-server.js'
import {teardownShare} from '../../teardown-share.js'
import {asVicnfsError} from '../phases/apply-state.js'
import {openLane} from '../phases/lanes.js'
import {recapError, type ShareEntry} from '../recap.js'
import type {DestroySurvey} from '../survey/destroy-survey.js'
import {agreed, type Destroying} from './destroy-run.js'

function urlOf(server: ServerContainer): string {
  const {exportFolder: path, uid, gid} = server.request
  return shareUrl({host: addressOf(server), path, uid, gid})
}

/** A VCH that uses a share. */
function userOf(scope: Destroying['scope'], share: string): string | undefined {
  return scope.consumers.find(({stores}) => stores.some((each) => each.share.key === share))?.key
}

async function takeDown(run: Destroying, index: number): Promise<ShareEntry> {
  const {adapters, scope, survey, options, work} = run
  const {share, server, error} = survey.shares[index] as DestroySurvey['shares'][number]
  const {key, vch} = share
  const at = server === undefined ? {} : {url: urlOf(server)}
  if (error !== undefined) return {key, vch, outcome: 'refused', error: recapError(error)}
  const users = run.survey.vchs.filter(({stores}) => stores.some((each) => each.share.key === key))
  const stuck = users.find((each) => ['failed', 'refused'].includes(run.vchs.get(each.key)?.outcome ?? ''))
  if (stuck !== undefined) return {key, vch, outcome: 'not-reached', ...at}
  if (server === undefined) return {key, vch, outcome: 'unchanged'}
  const id = `share/${key}`
  const consumer = userOf(scope, key) ?? vch
  return work.step(id, `Take "${key}" down`, async (step) => {
    const own = agreed(adapters.pair(vch, consumer))
    const consents = {...options.consents, resetProgress: false}
    const wish = {target: {volume: share.volume.name}, consents, deleteVolume: false}
    const lane = openLane({key, id}, {signal: step.signal, onEvent: run.onEvent})
    const onEvent: OnEvent = (event) => {
      if (event.type === 'step.started') step.progress(`${key}: ${event.title}`)
      else if (event.type === 'note') lane.work.note(event.level, event.text)
    }
    const {outcome} = await teardownShare(wish, own, {signal: step.signal, onEvent})
    step.note('its data is kept')
    return {key, vch, outcome: outcome === 'removed' ? 'removed' : 'unchanged', ...at}
  })
}

/** Takes the server containers down that no VCH needs any more, the last share first. @throws VN-INTERRUPTED */
export async function takeAllDown(run: Destroying): Promise<void> {
  for (let index = run.survey.shares.length - 1; index >= 0; index -= 1) {
    try {
      run.shares.push(await takeDown(run, index))
    } catch (thrown) {
      const found = asVicnfsError(thrown)
      if (found.kind === 'interrupted') throw found
      const {key, vch} = (run.survey.shares[index] as DestroySurvey['shares'][number]).share
      const error = run.adapters.commands.error(found, {server: vch, consumer: userOf(run.scope, key) ?? vch})
      run.shares.push({key, vch, outcome: error.kind === 'refused' ? 'refused' : 'failed', error: recapError(error)})
    }
  }
}
