import type {Work} from '../../engine/work.js'
import {journalled} from '../../journal/journalled.js'
import type {VchApi, VchContainer} from '../../vch/vch-api.js'
import type {Adapters} from '../adapters.js'
import {endWritesOn} from '../registration/open-record-writes.js'
import {addressOf, type ServerContainer} from '../share/find-server.js'
import {endpointKey} from '../vch-lock.js'

const GRACE_S = 30

/** Stops a container in order and removes it; a named volume stays (S1). */
export async function stopAndRemove(
  api: VchApi,
  container: Pick<VchContainer, 'id' | 'state'>,
  {signal}: {readonly signal: AbortSignal},
): Promise<void> {
  if (container.state !== 'exited' && container.state !== 'created') {
    await api.stopContainer(container.id, {signal, graceS: GRACE_S})
  }
  await api.removeContainer(container.id, {signal})
}

/** The removal as the journal keeps it. */
export async function removeJournalled(
  adapters: Adapters,
  server: ServerContainer,
  options: {readonly signal: AbortSignal},
): Promise<void> {
  const {container, request} = server
  const keys = [endpointKey(adapters.server.endpoint)]
  const address = addressOf(server) || server.choice.address
  const {name: share, exportFolder: path} = request
  const data = {share, address, path, container: container.name, id: container.id}
  await journalled(adapters.journal, {action: 'server-remove', keys, data}, () =>
    stopAndRemove(adapters.server, container, options),
  )
}

/** Takes a server container away, its volume stays (S1). Called only once no VCH lists its share (S4). */
export async function removeServer(adapters: Adapters, server: ServerContainer, work: Work): Promise<void> {
  await work.step('remove', 'Stop and remove the server container', async (step) => {
    await removeJournalled(adapters, server, step)
    const {request, choice} = server
    const keys = [endpointKey(adapters.server.endpoint)]
    const hosts = [addressOf(server), choice.address ?? ''].filter((host) => host !== '')
    await endWritesOn(adapters.journal, {share: request.name, path: request.exportFolder, keys, hosts})
    step.note(server.container.name)
  })
}
