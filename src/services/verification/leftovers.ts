import type {Work} from '../../engine/work.js'
import {LABELS, ROLE_VERIFY} from '../../model/share.js'
import {messageOf} from '../../model/vicnfs-error.js'
import type {VchApi} from '../../vch/vch-api.js'

/** Removes what a proof has made; what cannot be removed is said, and the next proof sweeps it away. */
export async function removeAll(
  api: VchApi,
  leftovers: {containers: string[]; volumes: string[]},
  work: Work,
): Promise<void> {
  // Cleaning up must also work after Ctrl-C, so it has a deadline of its own instead of the work's signal.
  const signal = AbortSignal.timeout(120_000)
  for (const id of leftovers.containers) {
    await api.removeContainer(id, {signal, force: true}).catch((error: unknown) => {
      work.note('warning', `A container of the proof was left behind: ${messageOf(error)}`)
    })
  }
  for (const name of leftovers.volumes) {
    await api.removeVolume(name, {signal}).catch((error: unknown) => {
      work.note('warning', `The volume "${name}" of the proof was left behind: ${messageOf(error)}`)
    })
  }
}

/** Takes away what a proof that was killed has left: only things that carry the proof's own label. */
export async function sweep(api: VchApi, work: Work): Promise<void> {
  const call = {signal: work.signal}
  const containers = await api.listContainers({labels: [`${LABELS.role}=${ROLE_VERIFY}`]}, call)
  const volumes = (await api.listVolumes(call)).filter((volume) => volume.labels[LABELS.role] === ROLE_VERIFY)
  await removeAll(api, {containers: containers.map((each) => each.id), volumes: volumes.map((each) => each.name)}, work)
}
