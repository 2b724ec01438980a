import path from 'node:path'
import type {JournalEntry} from '../../journal/entry.js'
import {vchKeys} from '../../journal/vch-keys.js'
import {livingChange} from '../../vic-machine/living-change.js'
import {endCommands, exchangeWord, openExchanges, type OpenExchange} from '../exchange/plan.js'
import {openChanges} from '../registration/open-changes.js'
import {againOf} from '../registration/run-change.js'
import {endpointKey, resolvedKeys, runOn} from '../vch-lock.js'
import type {ExamineContext} from './context.js'
import {failed, needed, notAsked, ok, warning, type Verdict} from './verdict.js'

function sinceOf({action, at}: JournalEntry): string {
  return `a ${action} that began at ${at.slice(0, 19)}Z`
}

const whatOf = ({plan}: OpenExchange): string => `"${plan.share}" being ${exchangeWord(plan)}`

/** Whether an exchange of a server container is open on the server VCH: a run is at it, or its address may be empty. */
export async function exchangeVerdict({adapters, sights, signal}: ExamineContext): Promise<Verdict> {
  const {api} = await needed(sights.server.side(), 'It is not known which VCH is meant.')
  const open = await openExchanges({server: api, journal: adapters.journal}, signal)
  if (open.length === 0) return ok('The journal of this machine knows of none.')
  const run = await runOn(adapters.stateDirectory, await resolvedKeys([endpointKey(api.endpoint)], {signal}))
  const [dead, living] = [false, true].map((isAlive) =>
    open.filter(({intent}) => (run?.isOlderThan(intent.at) === true) === isAlive),
  ) as [OpenExchange[], OpenExchange[]]
  const [first] = dead
  if (first === undefined) {
    const {at} = (living[0] as OpenExchange).intent
    return warning(`Under way since ${at.slice(0, 19)}Z: ${living.map(whatOf).join(', ')}, by ${run?.text ?? ''}.`, {
      advice: 'Let it end; till then restart no VCH that needs the address.',
    })
  }
  const other = run === undefined ? '' : ` At work on the VCH right now: ${run.text}.`
  return warning(
    `Cut off: ${dead.map(whatOf).join(', ')}, begun at ${first.intent.at.slice(0, 19)}Z; the run is gone.${other}`,
    {
      code: 'VN-ADDRESS-EMPTY',
      advice: 'The next command on the share ends it; till then restart no VCH that needs the address.',
      fix: [...new Set(dead.flatMap(({plan}) => endCommands(plan)))].slice(0, 2),
    },
  )
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
  const run = await runOn(adapters.stateDirectory, keys)
  if (run?.isOlderThan(last.at) === true) {
    return warning(`Under way: ${sinceOf(last)}, by ${run.text}.`, {advice: 'Wait for it.'})
  }
  const again = againOf(last.data)
  return failed(`Nobody has seen the end of ${sinceOf(last)}, and nobody works on it any more.`, {
    code: 'VN-HALF-DONE',
    ...(again === undefined ? {advice: 'Run the command that began it once more.'} : {fix: [again]}),
  })
}
