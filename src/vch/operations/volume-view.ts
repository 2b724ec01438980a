import {parseCapacityMb} from '../../model/size.js'
import type {VchVolume} from '../vch-api.js'

export interface RawVolume {
  readonly Name: string
  readonly Driver?: string
  readonly Labels?: Readonly<Record<string, string>> | null
  readonly Options?: Readonly<Record<string, string>> | null
}

export const VCH_VOLUME_DRIVER = 'vsphere'

/**
 * A volume as the API says it; its store shows only through the options of its creator (facts/vch-docker-api.md §
 * 2.2).
 */
export function volumeView(raw: RawVolume): VchVolume {
  const driver = raw.Driver ?? ''
  const common = {name: raw.Name, driver, labels: raw.Labels ?? {}}
  if (driver !== VCH_VOLUME_DRIVER) return common
  const capacityMb = capacityOf(optionOf(raw, 'capacity'))
  return {
    ...common,
    store: optionOf(raw, 'volumestore') ?? 'default',
    ...(capacityMb === undefined ? {} : {capacityMb}),
  }
}

/** VIC keeps the keys as its creator wrote them, and reads them in any case. */
function optionOf(raw: RawVolume, lowerName: string): string | undefined {
  return Object.entries(raw.Options ?? {}).find(([name]) => name.toLowerCase() === lowerName)?.[1]
}

/** Somebody else may have made the volume, with a capacity that only VIC understands. */
function capacityOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  try {
    return parseCapacityMb(text)
  } catch {
    return undefined
  }
}
