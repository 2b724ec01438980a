import {traitsOf} from '../../model/vic-version.js'
import {lookForRing, type RingSight} from '../registration/serving-ring.js'
import {releaseOf, WITHOUT_CONSUMER, WITHOUT_SERVER, type ExamineContext} from './context.js'
import {needed} from './verdict.js'

/** Whether the server VCH has a store on the consumer VCH, which has one on it. */
export async function ringBetween(context: ExamineContext): Promise<RingSight> {
  const {sights, adapters, signal} = context
  const {api: server} = await needed(sights.server.side(), WITHOUT_SERVER)
  const {api: consumer, endpoint} = await needed(sights.consumer.side(), WITHOUT_CONSUMER)
  const {name} = await needed(sights.consumer.info(), WITHOUT_CONSUMER)
  const {id} = await sights.identity().catch(() => ({id: ''}))
  const access = await sights.access().catch(() => undefined)
  const traits = traitsOf((await releaseOf(context)) ?? '')
  const vch = {name, id, vcenter: access?.vcenter ?? '', endpoint: endpoint.text, traits}
  return lookForRing({...adapters, server, consumer, access}, vch, {signal})
}
