import {Flags} from '@oclif/core'

import {parseCapacityMb} from '../model/size.js'
import {VicnfsError} from '../model/vicnfs-error.js'

/** The volume (or scratch space) behind a share. */
export const volumeFlags = {
  create: Flags.boolean({summary: 'Make the volume if it does not exist', helpGroup: 'VOLUME', exclusive: ['scratch']}),
  capacity: Flags.string({
    summary: 'Size of a new volume, such as 512MB, 5GB, 1TB (default: 1024MB)',
    helpGroup: 'VOLUME',
    dependsOn: ['create'],
  }),
  'volume-store': Flags.string({
    summary: 'Volume store for a new volume (default: the one labelled "default")',
    helpGroup: 'VOLUME',
    dependsOn: ['create'],
  }),
  scratch: Flags.string({
    summary: 'Share scratch space of this name instead of a volume; its data goes with the server container',
    helpGroup: 'VOLUME',
    helpValue: '<name>',
  }),
}

interface VolumeFlagValues {
  readonly create: boolean
  readonly capacity?: string | undefined
  readonly 'volume-store'?: string | undefined
  readonly scratch?: string | undefined
}

/** What the share is on. @throws VN-USAGE when neither or both of volume and scratch space are named */
export function toVolumeWish(volume: string | undefined, flags: VolumeFlagValues) {
  const {scratch} = flags
  const name = volume ?? scratch
  if (name === undefined || (volume !== undefined && scratch !== undefined)) {
    throw new VicnfsError('VN-USAGE', 'Name either a volume or, with --scratch, scratch space.', {
      reason: name === undefined ? 'Neither was named.' : 'Both were named.',
      tries: ['vicnfs expose-volume VOLUME', 'vicnfs expose-volume --scratch NAME'],
    })
  }
  return {
    name,
    scratch: scratch !== undefined,
    volume: {
      name,
      create: flags.create,
      ...(flags.capacity === undefined ? {} : {capacityMb: parseCapacityMb(flags.capacity)}),
      ...(flags['volume-store'] === undefined ? {} : {store: flags['volume-store']}),
    },
  }
}

/** What is to be taken down. @throws VN-USAGE when neither or both of volume and label are named */
export function toTeardownTarget(
  volume: string | undefined,
  label: string | undefined,
): {volume: string} | {label: string} {
  if (volume !== undefined && label === undefined) return {volume}
  if (volume === undefined && label !== undefined) return {label}
  throw new VicnfsError('VN-USAGE', 'Name either a volume or, with --label, a volume store.', {
    reason: volume === undefined ? 'Neither was named.' : 'Both were named.',
    tries: ['vicnfs teardown VOLUME', 'vicnfs teardown --label LABEL'],
  })
}
