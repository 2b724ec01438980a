import path from 'node:path'
import type {JournalEntry} from '../../journal/entry.js'
import {vchKeys} from '../../journal/vch-keys.js'
import {livingChange} from '../../vic-machine/living-change.js'
import {openChanges} from '../registration/open-changes.js'
import {againOf} from '../registration/run-change.js'
import {resolvedKeys} from '../vch-lock.js'
import type {ExamineContext} from './context.js'
import {failed, notAsked, ok, warning, type Verdict} from './verdict.js'

function sinceOf({action, at}: JournalEntry): string {
  return `a ${action} that began at ${at.slice(0, 19)}Z`
}

/** Whether a change of ours is open on the consumer VCH, and whether somebody still works on it. */
export async function changeVerdict(context: ExamineContext): Promise<Verdict> {
  const {adapters, sights, signal} = context
  const endpoint = await sights.consumer.side().then(
    ({endpoint: {text}}) => text,
    () => undefined,
  )
  const vm = await Promise.all([sights.identity(), sights.access()]).then(
    ([{id}, {vcenter: target}]) => ({id, target}),
    () => undefined,
  )
  if (endpoint === undefined && vm === undefined) return notAsked('It is not known which VCH is meant.')
  const keys = await resolvedKeys(vchKeys({...(endpoint === undefined ? {} : {endpoint}), ...vm}), {signal})
  const open = await openChanges(adapters.journal, keys)
  for (const entry of open) {
    const worker = await livingChange(path.join(adapters.stateDirectory, 'changes', entry.id))
    if (worker !== undefined) {
      return warning(`Under way: ${sinceOf(entry)}; vic-machine works on it (process ${worker.pid}).`, {
        advice: 'Wait for it. Nothing should end it: a configure that is cut off leaves the VCH half-done.',
      })
    }
  }
  const [last] = open.slice(-1)
  if (last === undefined) return ok('The journal of this machine knows of none.')
  const again = againOf(last.data)
  return failed(`Nobody has seen the end of ${sinceOf(last)}, and nobody works on it any more.`, {
    code: 'VN-HALF-DONE',
    ...(again === undefined ? {advice: 'Run the command that began it once more.'} : {fix: [again]}),
  })
}
