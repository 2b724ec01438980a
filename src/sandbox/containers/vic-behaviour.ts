/** How a release of VIC differs in what the sandbox emulates (facts/vch-docker-api.md, facts/vic-machine.md § 3, § 7). */
export interface VicBehaviour {
  /** Container networks have a firewall by trust level; before 1.2 everything is open. */
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
  /** Before 1.5.4 every UDP port counts as taken. */
  readonly udpMapping: boolean
  /** Port mappings on user-made bridges come back when the VCH boots. */
  readonly restoresUserBridgePorts: boolean
  /** Container VMs look up the host name of an NFS store (facts/vic-machine.md § 6.2). */
  readonly resolvesStoreNames: boolean
}

/** True when `version` (with or without a leading v, suffixes ignored) is `major.minor.patch` or later. */
function atLeast(version: string, major: number, minor: number, patch: number): boolean {
  const match = /^v?(\d+)\.(\d+)\.(\d+)/.exec(version)
  if (match === null) throw new Error(`${version} is no VIC version`)
  const wanted = [major, minor, patch]
  for (const [index, want] of wanted.entries()) {
    const part = Number(match[index + 1])
    if (part !== want) return part > want
  }
  return true
}

/** @throws Error when `version` is not of the form `1.5.8` */
export function vicBehaviour(version: string): VicBehaviour {
  const from = (major: number, minor: number, patch: number): boolean => atLeast(version, major, minor, patch)
  return {
    trustLevels: from(1, 2, 0),
    failedStore: from(1, 2, 0) && !from(1, 5, 1) ? 'skip' : 'exit',
    keepsAddress: from(1, 5, 2),
    exec: from(1, 2, 0),
    logTimes: from(1, 2, 0),
    removesAnonymousVolumes: from(1, 3, 0),
    storageQuota: from(1, 5, 0),
    whitelistMode: from(1, 2, 0),
    udpMapping: from(1, 5, 4),
    restoresUserBridgePorts: from(1, 5, 3),
    resolvesStoreNames: from(1, 5, 0),
  }
}
