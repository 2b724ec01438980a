import type {StepHandle} from '../../engine/work.js'
import type {Journal} from '../../journal/journal.js'
import {journalled} from '../../journal/journalled.js'
import {dockerCommand} from '../../model/docker-command.js'
import {shellQuote} from '../../model/redaction.js'
import {VicnfsError} from '../../model/vicnfs-error.js'
import type {CallOptions, VchApi} from '../../vch/vch-api.js'

export interface VolumeWish {
  readonly name: string
  readonly create: boolean
  readonly capacityMb?: number
  /** Label of the volume store for a new volume. */
  readonly store?: string
}

function noVolume(api: VchApi, name: string): VicnfsError {
  return new VicnfsError('VN-SHARE-NO-VOLUME', `There is no volume "${name}".`, {
    tries: [
      shellQuote(['vicnfs', 'expose-volume', name, '--create', '--capacity', '5GB']),
      dockerCommand(api.endpoint, ['volume', 'ls']),
    ],
  })
}

/** Refuses a volume that is neither there nor to be made, before anything is asked or made. @throws VN-SHARE-NO-VOLUME */
export async function requireVolume(api: VchApi, wish: VolumeWish, options: CallOptions): Promise<void> {
  if (!wish.create && (await api.inspectVolume(wish.name, options)) === undefined) throw noVolume(api, wish.name)
}

/**
 * Makes sure that the volume exists. It is never removed again, not even when this run fails (S1).
 * @throws VN-SHARE-NO-VOLUME
 */
export async function ensureVolume(
  api: VchApi,
  wish: VolumeWish,
  options: {readonly step: StepHandle; readonly journal: Journal; readonly keys: readonly string[]},
): Promise<'created' | 'present'> {
  const {step, journal, keys} = options
  const call = {signal: step.signal}
  const present = await api.inspectVolume(wish.name, call)
  if (present !== undefined) {
    step.unchanged(present.capacityMb === undefined ? 'it is there' : `it is there, ${present.capacityMb} MB`)
    return 'present'
  }
  if (!wish.create) throw noVolume(api, wish.name)
  const data = {volume: wish.name, store: wish.store ?? 'default', capacityMb: wish.capacityMb ?? null}
  const request = {
    name: wish.name,
    ...(wish.store === undefined ? {} : {store: wish.store}),
    ...(wish.capacityMb === undefined ? {} : {capacityMb: wish.capacityMb}),
  }
  const {created, volume} = await journalled(journal, {action: 'volume-create', keys, data}, () =>
    api.createVolume(request, call),
  )
  // A plain Docker Engine knows neither stores nor capacities.
  if (volume.store !== undefined) step.note(`${wish.capacityMb ?? 1024} MB on "${volume.store}"`)
  return created ? 'created' : 'present'
}
