import {traitsOf} from '../../model/vic-version.js'

/** How a release of VIC differs in what the sandbox emulates; `VIC_TRAITS` of the model says since when, and the source. */
export interface VicBehaviour {
  readonly trustLevels: boolean
  /** A store that cannot be brought online at boot: left out, or the port layer ends and is started again. */
  readonly failedStore: 'skip' | 'exit'
  /** A container keeps its assigned address until it is removed. */
  readonly keepsAddress: boolean
  readonly exec: boolean
  readonly logTimes: boolean
  readonly removesAnonymousVolumes: boolean
  readonly storageQuota: boolean
  readonly whitelistMode: boolean
  readonly udpMapping: boolean
  readonly restoresUserBridgePorts: boolean
  /** Container VMs look up the host name of an NFS store. */
  readonly resolvesStoreNames: boolean
}

/** @throws Error when `version` is not of the form `1.5.8` */
export function vicBehaviour(version: string): VicBehaviour {
  const traits = traitsOf(version)
  if (traits.support === 'unreadable') throw new Error(`${version} is no VIC version`)
  const {storageQuota, whitelistMode, logTimes, removesAnonymousVolumes, udpMapping, restoresUserBridgePorts} = traits
  return {
    trustLevels: traits.containerFirewall,
    failedStore: traits.bootLoop ? 'exit' : 'skip',
    keepsAddress: traits.rangeAddressesKept,
    exec: traits.containerExec,
    resolvesStoreNames: traits.fqdnStores,
    ...{storageQuota, whitelistMode, logTimes, removesAnonymousVolumes, udpMapping, restoresUserBridgePorts},
  }
}
