import type {Work} from '../../engine/work.js'
import {journalled} from '../../journal/journalled.js'
import type {Adapters} from '../adapters.js'
import {addressOf, type ServerContainer} from '../share/find-server.js'
import {endpointKey} from '../vch-lock.js'

const GRACE_S = 30

/** Stops a server container in order and removes it; its volume stays (S1). Called only once no VCH lists its share (S4). */
export async function removeServer(adapters: Adapters, server: ServerContainer, work: Work): Promise<void> {
  const {container, request} = server
  const keys = [endpointKey(adapters.server.endpoint)]
  const address = addressOf(server) || server.choice.address
  const {name: share, exportFolder: path} = request
  const data = {share, address, path, container: container.name, id: container.id}
  await work.step('remove', 'Stop and remove the server container', async (step) => {
    const call = {signal: step.signal}
    await journalled(adapters.journal, {action: 'server-remove', keys, data}, async () => {
      if (container.state !== 'exited' && container.state !== 'created') {
        await adapters.server.stopContainer(container.id, {...call, graceS: GRACE_S})
      }
      await adapters.server.removeContainer(container.id, call)
    })
    step.note(container.name)
  })
}
