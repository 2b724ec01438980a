import {VIC_TRAITS, type VicTrait} from './vic-traits.js'

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

/** A release of vic-machine that vicnfs supports, with its month and what it changed (facts/vic-machine.md § 7). */
export interface VicRelease {
  readonly version: string
  readonly month?: string
  readonly change?: string
}

export const VIC_RELEASES: readonly VicRelease[] = [
  {
    version: '1.2.0',
    month: '2017-09',
    change: 'NFS volume stores in create and configure; inspect config; --reset-progress',
  },
  {version: '1.2.1'},
  {version: '1.3.0', month: '2018-01', change: '--timeout covers the whole configure and leaves the new store behind'},
  {version: '1.3.1'},
  {version: '1.4.0', month: '2018-05', change: 'snapshots without memory; a VCH that was rolled back is powered on'},
  {version: '1.4.1'},
  {version: '1.4.2'},
  {version: '1.4.3'},
  {version: '1.5.0', month: '2019-01', change: 'host names in NFS volume stores work for containers'},
  {
    version: '1.5.2',
    month: '2019-03',
    change: 'the port layer exits when a volume store fails: one dead store, no Docker API',
  },
  {version: '1.5.3', month: '2019-06', change: '--rollback works'},
  {version: '1.5.4', change: 'UDP ports can be published'},
  {version: '1.5.5', change: 'one error text'},
  {version: '1.5.6'},
  {version: '1.5.7'},
  {version: '1.5.8', month: '2021-06', change: 'the last release'},
]

/** What a version of VIC can do and does to a VCH, as `VIC_TRAITS` has it. */
export interface VicTraits extends Readonly<Record<VicTrait, boolean>> {
  /** Whether vicnfs knows how this version behaves; `unreadable` when the text is no version. */
  readonly support: 'supported' | 'too-old' | 'too-new' | 'unreadable'
}

const OLDEST = '1.2.0'
const NEWEST = '1.5.8'

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
  const has = ({since, ifUnknown}: (typeof VIC_TRAITS)[VicTrait]): boolean =>
    parsed === undefined ? ifUnknown : compareVicVersions(parsed, known(since)) >= 0
  const traits = Object.entries(VIC_TRAITS).map(([trait, row]) => [trait, has(row)])
  return {support: supportOf(parsed), ...(Object.fromEntries(traits) as Record<VicTrait, boolean>)}
}

function supportOf(version: VicVersion | undefined): VicTraits['support'] {
  if (version === undefined) return 'unreadable'
  if (compareVicVersions(version, known(OLDEST)) < 0) return 'too-old'
  return compareVicVersions(version, known(NEWEST)) > 0 ? 'too-new' : 'supported'
}

function known(text: string): VicVersion {
  const version = parseVicVersion(text)
  if (version === undefined) throw new RangeError(`${text} is not a version`)
  return version
}
