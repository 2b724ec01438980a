import {existsSync} from 'node:fs'
import {describe, expect, it} from '@jest/globals'
import type {InfoReply} from '../../../../src/sandbox/vic-machine/invocation.js'
import {callStandIn} from './call-stand-in.js'
import {datacenter, fakeVm, fakeWorld, PASSWORD, storesFrom, type FakeVm, type FakeWorld} from './fake-vcenter.js'
import {comparable, readTranscript, TRANSCRIPTS, withoutMapOrder} from './transcript.js'

const DEFAULT = 'datastore1/volumes:default'
const NFS1 = 'nfs://192.0.2.10/exports/data?uid=1000&gid=1000:nfs1'
const SECOND = 'Shared Store (2)/vic vols:second'
const SNAPSHOT = 'reconfigure for 10000'
const TLS_FAILURE: InfoReply = {kind: 'broken', message: 'http: server gave HTTP response to HTTPS client'}

/** How the world stood before a recorded run, where it was not a freshly made VCH in one cluster. */
interface Before {
  readonly stores?: readonly string[]
  readonly snapshots?: number
  readonly updateInProgress?: boolean
  readonly power?: 'on' | 'off'
  readonly clusters?: number
  readonly vms?: readonly FakeVm[]
  readonly info?: (world: FakeWorld) => FakeWorld['info']
  readonly componentsStarted?: boolean
}

const configured: Before = {stores: [DEFAULT, NFS1], snapshots: 1, updateInProgress: false}
const offline = () => (): InfoReply => ({kind: 'ok', onlineStores: ['default'], running: true})
const neverUp = () => (): InfoReply => ({kind: 'retry'})
const HOST_NAME_WARNING =
  "Server certificate hostname doesn't match: x509: cannot validate certificate for 192.0.2.51 because it doesn't contain any IP SANs"
const other = fakeVm({id: 'vm-83', name: 'my vch-2', cluster: 'DC0_C1', stores: []})

/** Recorded cases that the stand-in must repeat; add a name, and how things stood before. */
const CASES: Readonly<Record<string, Before>> = {
  'usage-configure-no-target': {},
  'usage-configure-no-user': {},
  'usage-configure-stray-argument': {},
  'usage-configure-bad-target-env': {},
  'usage-inspect-config-no-target-raw': {},
  'usage-unknown-command': {},
  'usage-version': {},
  'usage-version-flag': {},
  'auth-no-password-no-terminal': {},
  'auth-no-password-raw': {},
  'auth-no-thumbprint': {},
  'auth-no-thumbprint-raw': {},
  'auth-password-env-empty': {},
  'auth-password-flag-over-env': {},
  'auth-user-password-in-target': {},
  'auth-wrong-password': {},
  'auth-wrong-password-configure': {},
  'auth-wrong-thumbprint': {},
  'auth-wrong-thumbprint-raw': {},
  'target-with-scheme': {},
  'target-without-datacenter': {},
  'target-wrong-datacenter': {},
  'target-wrong-datacenter-configure': {},
  'usage-target-refused': {},
  'usage-target-refused-no-thumbprint': {},
  'ls-none': {vms: []},
  'ls-two': {clusters: 2, vms: [fakeVm(), other]},
  'ls-compute-resource': {clusters: 2, vms: [fakeVm(), other]},
  'ls-compute-resource-unknown': {clusters: 2, vms: [fakeVm(), other]},
  'ls-older-installer': configured,
  inspect: {},
  'inspect-powered-off': {...configured, power: 'off'},
  'inspect-unknown-name': {},
  'inspect-default-name': {},
  'inspect-unknown-id': {},
  'inspect-id-of-no-vch': {vms: [fakeVm({id: 'vm-65', isVch: false})]},
  'inspect-wrong-cluster': {clusters: 2},
  'inspect-timeout': {},
  'inspect-config-raw': {stores: [DEFAULT, 'nfs://192.0.2.10/exports/data?uid=1000&gid=1000&proto=tcp:nfs1', SECOND]},
  'inspect-config-verbose': {
    stores: [DEFAULT, 'nfs://192.0.2.10/exports/data?uid=1000&gid=1000&proto=tcp:nfs1', SECOND],
  },
  'inspect-config-bad-format': {
    stores: [DEFAULT, 'nfs://192.0.2.10/exports/data?uid=1000&gid=1000&proto=tcp:nfs1', SECOND],
  },
  'inspect-config-flags-before-config': {clusters: 2},
  'inspect-config-raw-no-compute-resource': {clusters: 2},
  'inspect-config-raw-unknown-name': {},
  'inspect-config-raw-timeout': {},
  'inspect-config-raw-powered-off': {...configured, power: 'off'},
  'configure-add-nfs': {},
  'configure-add-nfs-again-same': configured,
  'configure-by-id': {},
  'configure-missing-existing': {},
  'configure-changed-existing': {},
  'configure-host-changed': configured,
  'configure-path-changed': configured,
  'configure-port-added': configured,
  'configure-query-changed-ignored': configured,
  'configure-trailing-slash-accepted': configured,
  'configure-missing-and-changed-none': {},
  'configure-bad-store-ds-char': {},
  'configure-bad-store-ds-query': {},
  'configure-bad-store-empty': {},
  'configure-bad-store-empty-label': {},
  'configure-bad-store-label-at': {},
  'configure-bad-store-label-port': {},
  'configure-bad-store-label-slash': {},
  'configure-bad-store-no-colon': {},
  'configure-bad-store-no-label': {},
  'configure-bad-store-percent': {},
  'configure-bad-store-scheme': {},
  'configure-bad-store-url': {},
  'configure-ds-unknown': {snapshots: 1, updateInProgress: false},
  'configure-nfs-no-host': {snapshots: 1, updateInProgress: false},
  'configure-nfs-no-path': {snapshots: 1, updateInProgress: false},
  'configure-two-clusters-without-compute-resource': {...configured, clusters: 2},
  'configure-unknown-name': configured,
  'lifecycle-in-progress': {updateInProgress: true},
  'lifecycle-in-progress-left-behind': {...configured, updateInProgress: true},
  'lifecycle-reset-progress': {...configured, updateInProgress: true},
  'lifecycle-reset-progress-not-needed': configured,
  'lifecycle-powered-off-before': {power: 'off'},
  'lifecycle-store-offline': {info: offline},
  'lifecycle-rollback': {...configured, info: offline},
  'lifecycle-rollback-nothing': {updateInProgress: false},
  'lifecycle-timeout-at-once': {},
  'lifecycle-failure-rolled-back': {info: () => () => TLS_FAILURE},
  'lifecycle-failure-second-configure': {...configured, info: () => () => TLS_FAILURE},
  'lifecycle-timeout-services': {info: neverUp},
  'lifecycle-timeout-services-tlsverify': {snapshots: 1, updateInProgress: false, info: neverUp},
  'lifecycle-timeout-http-500': {info: neverUp},
  'lifecycle-timeout-no-components': {info: neverUp, componentsStarted: false},
  'lifecycle-connection-reset': {info: neverUp},
  'lifecycle-store-offline-tlsverify': {info: () => () => ({kind: 'assumed', warning: HOST_NAME_WARNING})},
  'version-v1.4.3-timeout-services': {stores: [DEFAULT, SECOND], info: neverUp},
  'version-v1.4.3-after-timeout': {stores: [DEFAULT, SECOND, NFS1], snapshots: 1, updateInProgress: true},
  'version-v1.4.3-failure-second-configure': {
    stores: [DEFAULT, SECOND, NFS1],
    snapshots: 1,
    updateInProgress: false,
    info: () => () => TLS_FAILURE,
  },
  'version-v1.4.3-version': {},
  'version-v1.4.3-add-nfs': {stores: [DEFAULT, SECOND]},
  'version-v1.4.3-rollback': {...configured},
  'version-v1.4.3-missing-existing': {stores: [DEFAULT, SECOND]},
  'version-v1.4.3-store-offline': {
    stores: [DEFAULT, SECOND],
    info: () => () => ({kind: 'ok', onlineStores: ['default', 'second'], running: true}),
  },
}

function worldBefore(name: string, before: Before): FakeWorld {
  const version =
    readTranscript(name).version === '1.4.3' && !name.startsWith('ls') ? 'v1.4.3-10000-fa9732d' : 'v1.5.8-10000-2c978fe'
  const guestInfo = {
    stores: storesFrom(...(before.stores ?? [DEFAULT])),
    ...(before.updateInProgress !== undefined && {updateInProgress: before.updateInProgress}),
  }
  const snapshots = Array.from({length: before.snapshots ?? 0}, (_, index) => ({
    id: `snapshot-old-${index}`,
    name: SNAPSHOT,
    guestInfo: {stores: storesFrom(DEFAULT), updateInProgress: true},
  }))
  const vch = fakeVm({version, guestInfo, snapshots, power: before.power ?? 'on'})
  const world = fakeWorld([...(before.vms ?? [vch])], [datacenter('DC0', before.clusters ?? 1)])
  if (before.info) world.info = before.info(world)
  world.componentsStarted = before.componentsStarted ?? true
  return world
}

/** Recorded limits of several seconds are made short; what the words say of them is compared all the same. */
const SHORT_LIMIT = '250ms'
const shortened = (words: readonly string[]) =>
  words.map((word, index) => (words[index - 1] === '--timeout' && /^(?:8|1[025])s$/.test(word) ? SHORT_LIMIT : word))
const withShortLimit = (lines: readonly string[]) =>
  lines.map((line) => line.replace(/time limit of \d+s\./, `time limit of ${SHORT_LIMIT}.`))

const secret = (text: string) => text.replaceAll('<password>', encodeURIComponent(PASSWORD))

function expectAfter(world: FakeWorld, after: ReturnType<typeof readTranscript>['after']): void {
  const [vch] = world.vms
  if (!vch || after.updateInProgress === '') return
  expect(vch.power).toBe(after.power)
  expect(String(vch.guestInfo.updateInProgress ?? '(unset)')).toBe(after.updateInProgress)
  expect(vch.snapshots.map((snapshot) => snapshot.name)).toEqual(after.snapshots)
  const stores = vch.guestInfo.stores.map(({label, scheme, host, path: place, query}) =>
    [label, scheme, host, place, query].join(' | '),
  )
  expect(stores.sort()).toEqual([...after.stores].sort())
}

// Without the recordings there is nothing to compare with: they lie beside the clone, not in it.
const replay = existsSync(TRANSCRIPTS) ? it : it.skip

describe('the stand-in repeats recorded runs of vic-machine', () => {
  replay.each(Object.entries(CASES))('%s', async (name, before) => {
    const recorded = readTranscript(name)
    const world = worldBefore(name, before)
    const environment = Object.fromEntries(
      Object.entries(recorded.environment).map(([key, value]) => [key, value.replace('<password>', PASSWORD)]),
    )
    const words = recorded.words.map((word, index) =>
      recorded.words[index - 1] === '--target' ? secret(word) : word.replace('<password>', PASSWORD),
    )
    const result = await callStandIn(world, shortened(words), {version: recorded.version, environment})
    expect(withoutMapOrder(comparable(result.stdout))).toEqual(
      withoutMapOrder(withShortLimit(comparable(recorded.stdout))),
    )
    expect(comparable(result.stderr)).toEqual(comparable(recorded.stderr))
    expect(result.exitCode).toBe(recorded.exitCode)
    expectAfter(world, recorded.after)
  })
})
