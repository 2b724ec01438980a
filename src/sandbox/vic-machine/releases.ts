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
  /** Every line has the form of the global logger (before 1.3.0). */
  readonly datedLines: boolean
  /** `--timeout` limits the whole configure; before 1.3.0 it limits the wait for the services only. */
  readonly timeoutCoversAll: boolean
  /** `--rollback` works (from 1.5.3 on); before, a plain configure runs. */
  readonly rollbackWorks: boolean
  /** A VCH that was reverted is powered on again (from 1.4.0 on). */
  readonly powersOnReverted: boolean
  /** Snapshots really go when they are removed; before 1.4.0 vic-machine hands vCenter the VM in their place. */
  readonly removesSnapshots: boolean
  /** A VCH has a resource pool of its own, in which its VM is looked for (before 1.4.0). */
  readonly poolPerVch: boolean
  /** vCenter's settings are checked (from 1.3.0 on). */
  readonly checksVCenter: boolean
  readonly words: ReleaseWords
  /** Source lines that error lines of an expired time limit carry. */
  readonly lines: {readonly configureRun: number; readonly inspectRun: number; readonly update: number}
}

/** How the releases call the same things. */
export interface ReleaseWords {
  /** The bridge network's check. */
  readonly networkCheck: string
  /** What configure calls itself where it cannot create its validator. */
  readonly validator: string
  /** What failed, and is rolled back. */
  readonly work: string
  readonly former: string
  readonly leftovers: string
  /** The verbose form of `inspect config`. */
  readonly options: string
  /** The function that waits for a vCenter task. */
  readonly taskWait: string
}

/** The releases, with the commits of those that are recorded. There is no 1.5.1. */
const COMMITS: Readonly<Record<string, string>> = {
  '1.2.0': '0000000',
  '1.2.1': 'c3db65f',
  '1.3.0': '0000000',
  '1.3.1': 'afdab46',
  '1.4.0': '0000000',
  '1.4.1': '0000000',
  '1.4.2': '0000000',
  '1.4.3': 'fa9732d',
  '1.5.0': '0000000',
  '1.5.2': '30b67a1',
  '1.5.3': '0000000',
  '1.5.4': '0000000',
  '1.5.5': '0000000',
  '1.5.6': '2be3feb',
  '1.5.7': '0000000',
  '1.5.8': '2c978fe',
}
const BUILD = 10_000

/** Releases that the stand-in can be. */
export const STAND_IN_VERSIONS: readonly string[] = Object.keys(COMMITS)

/** @returns undefined for a release that the stand-in cannot be */
export function findRelease(version: string): Release | undefined {
  const commit = Object.hasOwn(COMMITS, version) ? COMMITS[version] : undefined
  return commit === undefined ? undefined : releaseOf(version, commit)
}

function releaseOf(version: string, commit: string): Release {
  const from = (first: string) => isFrom(version, first)
  const traits = traitsOf(version)
  return {
    version,
    commit,
    build: BUILD,
    splitHelp: traits.splitHelp,
    datedLines: !traits.logfmtLines,
    timeoutCoversAll: traits.timeoutLeavesStore,
    rollbackWorks: traits.rollback,
    powersOnReverted: traits.failurePowersOn,
    removesSnapshots: traits.removesSnapshots,
    poolPerVch: !traits.uniqueNames,
    checksVCenter: traits.checksVCenter,
    words: {
      networkCheck: from('1.5.0') ? 'Network configuration' : 'vDS configuration',
      validator: from('1.4.0') ? 'Configure' : 'Configuring',
      work: from('1.4.0') ? 'configure' : 'upgrade',
      former: from('1.4.0') ? 'previous' : 'old',
      leftovers: from('1.4.0') ? 'configure isos' : 'upgrade images',
      options: from('1.4.0') ? 'The target VCH is configured' : 'Target VCH created',
      taskWait: from('1.4.0') ? 'WaitForResultAndRetryIf' : 'WaitForResult',
    },
    lines: linesOf(from),
  }
}

/** Of releases that are not recorded, those of the nearest one that is. */
function linesOf(from: (first: string) => boolean): Release['lines'] {
  if (from('1.5.3')) return {configureRun: 368, inspectRun: 128, update: 348}
  if (from('1.5.0')) return {configureRun: 356, inspectRun: 128, update: 341}
  if (from('1.4.0')) return {configureRun: 318, inspectRun: 128, update: 348}
  return {configureRun: 301, inspectRun: 128, update: 336}
}

/** Whether a release is `first` or a later one. */
export function isFrom(version: string, first: string): boolean {
  const [one, other] = [parseVicVersion(version), parseVicVersion(first)]
  return one !== undefined && other !== undefined && compareVicVersions(one, other) >= 0
}

/** `v1.5.8-10000-2c978fe`, as `version` prints it. */
export function releaseText(release: Release): string {
  return `v${release.version}-${release.build}-${release.commit}`
}

/** The version text that a VCH of that VIC release carries in its guestinfo. */
export function vchVersionText(vicVersion: string): string {
  const release = findRelease(vicVersion)
  return release ? releaseText(release) : `v${vicVersion}-${BUILD}-0000000`
}

/** Compares two version texts as vicnfs does, builds left out; negative when `left` is older. */
export function compareVersions(left: string, right: string): number {
  const [a, b] = [parseVicVersion(left), parseVicVersion(right)]
  return a === undefined || b === undefined ? 0 : compareVicVersions(a, b)
}
