import type {ContainerVms} from '../endpoint-vm/endpoint-vm-api.js'
import type {StateStore} from '../state/state-store.js'
import {isServerImage} from './image-catalogue.js'

/** Remembers which containers run, before a stop of the sandbox ends them. */
export function rememberRunning(store: StateStore): void {
  store.update((state) => {
    state.resume = state.containers.filter((record) => record.power === 'running').map((record) => record.id)
  })
}

/**
 * Powers on what the last stop of the sandbox ended, as vSphere does after a restart of a site; servers first, since
 * a VCH may wait for them. A container that does not start again stays off and says why in its log.
 */
export async function resumeContainers(store: StateStore, containers: ContainerVms): Promise<void> {
  const wanted = new Set(store.state.resume ?? [])
  store.update((state) => {
    delete state.resume
  })
  const records = store.state.containers.filter((record) => wanted.has(record.id))
  const servers = records.filter((record) => isServerImage(record.image))
  const others = records.filter((record) => !isServerImage(record.image))
  await Promise.allSettled(servers.map((record) => containers.powerOn(record.id)))
  await Promise.allSettled(others.map((record) => containers.powerOn(record.id)))
}
