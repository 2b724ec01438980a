import type {Work} from '../../engine/work.js'
import {VicnfsError} from '../../model/vicnfs-error.js'
import type {Adapters} from '../adapters.js'
import type {ConsumerVch} from '../registration/identify-consumer.js'
import {withReadyConsumer} from '../registration/ready-consumer.js'
import type {SettleConsents} from '../registration/settle.js'
import {storesAt} from '../registration/store-place.js'
import {addressOf, listServers} from '../share/find-server.js'

/** Whether the journal has this label as one that we registered on this VCH: then it was un-registered since. */
async function wasOurs(adapters: Adapters, vch: ConsumerVch, label: string): Promise<boolean> {
  const records = await adapters.journal.history(vch.keys)
  return records.some(({intent, result}) => {
    const labels = intent.data['addedLabels']
    return result?.data['state'] === 'completed' && Array.isArray(labels) && labels.includes(label)
  })
}

/**
 * The share behind a volume store of the consumer VCH; undefined when the label is registered no more.
 * @throws VN-STORE-UNKNOWN, VN-SHARE-NO-SERVER
 */
export async function shareOfLabel(
  adapters: Adapters,
  label: string,
  options: {readonly work: Work; readonly held: ReadonlySet<string>; readonly consents: SettleConsents},
): Promise<string | undefined> {
  const body = async (vch: ConsumerVch): Promise<string | undefined> => {
    const {stores} = await vch.access.program.inspectConfig(vch.selector, {signal: options.work.signal})
    const store = stores.find((each) => each.label === label)
    if (store === undefined) {
      if (await wasOurs(adapters, vch, label)) return undefined
      throw new VicnfsError('VN-STORE-UNKNOWN', `"${vch.name}" has no volume store "${label}".`, {
        reason: `It has: ${stores.map((each) => each.label).join(', ') || 'none'}.`,
      })
    }
    for (const server of await listServers(adapters.server, {signal: options.work.signal})) {
      const place = {host: addressOf(server) || (server.choice.address ?? ''), path: server.request.exportFolder}
      if ((await storesAt([store], place, ['same', 'below'])).length > 0) return server.request.name
    }
    throw new VicnfsError(
      'VN-SHARE-NO-SERVER',
      `No server container of ours on ${adapters.server.endpoint} serves "${label}" (${store.host}).`,
    )
  }
  return withReadyConsumer(adapters, options.consents, {...options, body})
}
