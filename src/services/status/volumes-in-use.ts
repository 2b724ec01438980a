import type {VolumeUse} from '../../model/status-report.js'
import type {DockerSight} from './docker-sight.js'
import {someAtATime} from './some-at-a-time.js'

/**
 * Who uses the volumes of these stores: one call a volume, none a container.
 * @returns uses by the label of the store; labels without volumes have an empty list
 */
export async function volumesInUse(
  sight: DockerSight,
  labels: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, readonly VolumeUse[]>> {
  const uses = new Map<string, VolumeUse[]>([...labels].map((label) => [label, []]))
  const volumes = sight.volumes.filter(({store}) => store !== undefined && labels.has(store))
  const found = await someAtATime(volumes, async ({name, store = ''}) => {
    const containers = await sight.api.listContainers({volume: name}, {signal})
    return {store, use: {name, containers: containers.map((each) => ({name: each.name, state: each.state}))}}
  })
  for (const {store, use} of found) uses.get(store)?.push(use)
  return uses
}
