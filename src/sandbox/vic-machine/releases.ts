import {compareVicVersions, parseVicVersion, traitsOf} from '../../model/vic-version.js'

/** What differs between releases of vic-machine, as recorded (facts/vic-machine.md § 7; transcripts version-*). */
export interface Release {
  /** Without `v`, such as `1.5.8`. */
  readonly version: string
  readonly commit: string
  /** Build number; snapshots are named after the VCH's. */
  readonly build: number
  /** `configure --help` is short and `-x` shows all (from 1.5.0 on). */
  readonly splitHelp: boolean
  /** `--rollback` works (from 1.5.3 on); before, a plain configure runs. */
  readonly rollbackWorks: boolean
  /** Words of the bridge network's check. */
  readonly networkCheck: string
  /** Source lines that error lines of an expired time limit carry. */
  readonly lines: {readonly configureRun: number; readonly inspectRun: number; readonly update: number}
}

const RELEASES: readonly Omit<Release, 'splitHelp' | 'rollbackWorks'>[] = [
  {
    version: '1.5.8',
    commit: '2c978fe',
    build: 10000,
    networkCheck: 'Network configuration',
    lines: {configureRun: 368, inspectRun: 128, update: 348},
  },
  {
    version: '1.4.3',
    commit: 'fa9732d',
    build: 10000,
    networkCheck: 'vDS configuration',
    lines: {configureRun: 318, inspectRun: 128, update: 348},
  },
]

/** Releases that the stand-in can be. */
export const STAND_IN_VERSIONS: readonly string[] = RELEASES.map((release) => release.version)

/** @returns undefined for a release that the stand-in cannot be */
export function findRelease(version: string): Release | undefined {
  const release = RELEASES.find((each) => each.version === version)
  if (release === undefined) return undefined
  const {splitHelp, rollback: rollbackWorks} = traitsOf(version)
  return {...release, splitHelp, rollbackWorks}
}

/** `v1.5.8-10000-2c978fe`, as `version` prints it. */
export function releaseText(release: Release): string {
  return `v${release.version}-${release.build}-${release.commit}`
}

/** The version text that a VCH of that VIC release carries in its guestinfo. */
export function vchVersionText(vicVersion: string): string {
  const release = findRelease(vicVersion)
  return release ? releaseText(release) : `v${vicVersion}-10000-0000000`
}

/** Compares two version texts as vicnfs does, builds left out; negative when `left` is older. */
export function compareVersions(left: string, right: string): number {
  const [a, b] = [parseVicVersion(left), parseVicVersion(right)]
  return a === undefined || b === undefined ? 0 : compareVicVersions(a, b)
}
