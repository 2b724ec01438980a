import {VicnfsError} from '../../model/vicnfs-error.js'
import type {VolumeStore} from '../../model/volume-store.js'
import type {Adapters} from '../adapters.js'
import {exposeCommand} from '../share/expose-command.js'
import {addressOf, listServers, type ServerContainer} from '../share/find-server.js'
import type {ConsumerVch} from './identify-consumer.js'

/** Whether a server container of ours, running or not, is the one that a store needs. */
function isServerOf(server: ServerContainer, store: VolumeStore): boolean {
  const {exportFolder} = server.request
  const isAbove = store.path === exportFolder || store.path.startsWith(`${exportFolder}/`)
  return isAbove && [addressOf(server), server.choice.address].includes(store.host)
}

/** Commands that start servers of ours that a VCH needs to boot; none where the server VCH does not answer. */
async function startCommands(
  adapters: Adapters,
  stores: readonly VolumeStore[],
  signal: AbortSignal,
): Promise<string[]> {
  try {
    const servers = await listServers(adapters.server, {signal})
    return servers
      .filter((server) => server.container.state !== 'running' && stores.some((store) => isServerOf(server, store)))
      .map((server) => exposeCommand(server.request))
  } catch {
    return []
  }
}

/** The error for a VCH that does not answer although no change of ours is open, with the way out. */
export async function downVch(adapters: Adapters, vch: ConsumerVch, signal: AbortSignal): Promise<VicnfsError> {
  const stores = vch.configuration.stores.filter((store) => store.scheme === 'nfs')
  const starts = await startCommands(adapters, stores, signal)
  const looks = stores.map(
    (store) => `vicnfs preflight '${store.argument.slice(0, store.argument.lastIndexOf(':'))}' --read-only`,
  )
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
