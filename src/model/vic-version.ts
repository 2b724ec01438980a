/** A version of VIC, of a VCH or of vic-machine. */
export interface VicVersion {
  readonly major: number
  readonly minor: number
  readonly patch: number
  /** Number of a release candidate; absent for a release. */
  readonly candidate?: number
  /** Build number, such as `10000`. */
  readonly build?: string
  readonly commit?: string
}

/** A release that matters here, with its month and what it changed (facts/vic-machine.md § 7). */
export interface VicRelease {
  readonly version: string
  readonly month: string
  readonly change: string
}

export const VIC_RELEASES: readonly VicRelease[] = [
  {version: '1.1.0', month: '2017-04', change: 'NFS in the port layer, not yet offered by vic-machine; no configure'},
  {
    version: '1.2.0',
    month: '2017-09',
    change: 'NFS volume stores in create and configure; inspect config; --reset-progress',
  },
  {version: '1.3.0', month: '2018-01', change: '--timeout covers the whole configure and leaves the new store behind'},
  {version: '1.4.0', month: '2018-05', change: 'snapshots without memory; a VCH that was rolled back is powered on'},
  {version: '1.5.0', month: '2019-01', change: 'host names in NFS volume stores work for containers'},
  {
    version: '1.5.2',
    month: '2019-03',
    change: 'the port layer exits when a volume store fails: one dead store, no Docker API',
  },
  {version: '1.5.3', month: '2019-06', change: '--rollback works'},
  {version: '1.5.8', month: '2021-06', change: 'the last release'},
]

/** What a version of VIC can do and what it does to a VCH; each with its source. */
export interface VicTraits {
  /** Whether vicnfs knows how this version behaves; `unreadable` when the text is no version. */
  readonly support: 'supported' | 'too-old' | 'too-new' | 'unreadable'
  /** `configure --rollback` reverts the last configure (facts/vic-machine.md § 2.5). */
  readonly rollback: boolean
  /** One dead store keeps the whole VCH from booting (facts/vic-machine.md § 3). */
  readonly bootLoop: boolean
  /** An address picked from the range of a container network is kept over restarts (DESIGN § 4). */
  readonly rangeAddressesKept: boolean
  /** Containers can mount a store that is named by host name (facts/vic-machine.md § 6.2). */
  readonly fqdnStores: boolean
  /** Container networks have a firewall with a trust level (facts/vic-machine.md § 3.2). */
  readonly containerFirewall: boolean
  /** A configure that times out leaves the new store, the flag and a snapshot (facts/vic-machine.md § 4). */
  readonly timeoutLeavesStore: boolean
}

const OLDEST = '1.2.0'
const NEWEST = '1.5.8'

/** First version with each trait; the boot loop came with 1.5.2-rc1, there is no 1.5.1. */
const FIRST_WITH = {
  rollback: '1.5.3',
  bootLoop: '1.5.2-rc1',
  rangeAddressesKept: '1.5.2',
  fqdnStores: '1.5.0',
  containerFirewall: '1.2.0',
  timeoutLeavesStore: '1.3.0',
} as const

const VERSION = /^v?(\d+)\.(\d+)\.(\d+)(?:-rc\.?(\d+))?(?:-(\d+))?(?:-([0-9a-f]{7,40}))?$/

/** Reads `1.5.8`, `v1.5.8-10000-2c978fe`, `v1.5.2-rc1-…`; undefined for anything else. */
export function parseVicVersion(text: string): VicVersion | undefined {
  const match = VERSION.exec(text.trim())
  if (match === null) return undefined
  const [, major, minor, patch, candidate, build, commit] = match
  return {
    major: Number(major),
    minor: Number(minor),
    patch: Number(patch),
    ...(candidate === undefined ? {} : {candidate: Number(candidate)}),
    ...(build === undefined ? {} : {build}),
    ...(commit === undefined ? {} : {commit}),
  }
}

/** Without `v`, build and commit: `1.5.8`, `1.5.2-rc1`. */
export function formatVicVersion(version: VicVersion): string {
  const candidate = version.candidate === undefined ? '' : `-rc${version.candidate}`
  return `${version.major}.${version.minor}.${version.patch}${candidate}`
}

/** Negative when `a` is older; a release candidate is older than its release; builds are not compared. */
export function compareVicVersions(a: VicVersion, b: VicVersion): number {
  return (
    a.major - b.major ||
    a.minor - b.minor ||
    a.patch - b.patch ||
    (a.candidate ?? Number.MAX_SAFE_INTEGER) - (b.candidate ?? Number.MAX_SAFE_INTEGER)
  )
}

/**
 * What is known of a version. A version that is too new is taken to have every trait of the newest; one that cannot
 * be read has those that ask for more care, and no ability.
 */
export function traitsOf(version: string | VicVersion): VicTraits {
  const parsed = typeof version === 'string' ? parseVicVersion(version) : version
  if (parsed === undefined) {
    return {
      support: 'unreadable',
      rollback: false,
      bootLoop: true,
      rangeAddressesKept: false,
      fqdnStores: false,
      containerFirewall: true,
      timeoutLeavesStore: true,
    }
  }
  const since = (first: string) => compareVicVersions(parsed, known(first)) >= 0
  return {
    support: since(OLDEST) ? (compareVicVersions(parsed, known(NEWEST)) > 0 ? 'too-new' : 'supported') : 'too-old',
    rollback: since(FIRST_WITH.rollback),
    bootLoop: since(FIRST_WITH.bootLoop),
    rangeAddressesKept: since(FIRST_WITH.rangeAddressesKept),
    fqdnStores: since(FIRST_WITH.fqdnStores),
    containerFirewall: since(FIRST_WITH.containerFirewall),
    timeoutLeavesStore: since(FIRST_WITH.timeoutLeavesStore),
  }
}

function known(text: string): VicVersion {
  const version = parseVicVersion(text)
  if (version === undefined) throw new RangeError(`${text} is not a version`)
  return version
}
