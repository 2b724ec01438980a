import {shellQuote} from '../../model/redaction.js'
import {VicnfsError} from '../../model/vicnfs-error.js'
import {storeUrl, type VolumeStore} from '../../model/volume-store.js'
import type {Adapters} from '../adapters.js'
import {serveCommand} from '../exchange/parkable.js'
import {serversOf, listParked, listServers} from '../share/find-server.js'
import type {ConsumerVch} from './identify-consumer.js'

/** Commands that start servers of ours that a VCH needs to boot; none where the server VCH does not answer. */
async function startCommands(
  adapters: Adapters,
  stores: readonly VolumeStore[],
  signal: AbortSignal,
): Promise<string[]> {
  try {
    const {server: api} = adapters
    const all = [...(await listServers(api, {signal})), ...(await listParked(api, {signal}))]
    const stopped = all.filter(({container}) => container.state !== 'running')
    const needed = await Promise.all(stores.map((store) => serversOf(stopped, store, {signal})))
    return [...new Set(needed.flat())].map(serveCommand)
  } catch {
    signal.throwIfAborted()
    return []
  }
}

/** The error for a VCH that does not answer although no change of ours is open, with the way out. */
export async function downVch(adapters: Adapters, vch: ConsumerVch, signal: AbortSignal): Promise<VicnfsError> {
  const stores = vch.configuration.stores.filter((store) => store.scheme === 'nfs')
  const starts = await startCommands(adapters, stores, signal)
  const looks = stores.map((store) => shellQuote(['vicnfs', 'preflight', storeUrl(store), '--read-only']))
  const message = `The VCH "${vch.name}" does not answer at ${vch.endpoint}, and no change of ours explains it.`
  return new VicnfsError('VN-VCH-DOWN', message, {
    recovery: [
      `Look whether the endpoint VM ${vch.id} is powered on in vSphere.`,
      'If it is, make every NFS store that it lists reachable again: from VIC 1.5.2 on it boots only then.',
      ...starts.map((command) => `A server container of ours is stopped. Run: ${command}`),
    ],
    tries: (starts.length > 0 ? starts : looks).slice(0, 2),
  })
}
