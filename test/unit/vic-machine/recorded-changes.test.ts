import {describe, expect, it} from '@jest/globals'
import {classifyEnd} from '../../../src/vic-machine/change-end.js'
import type {Change, ChangeEnd} from '../../../src/vic-machine/vic-machine-api.js'
import {NO_RECORDINGS, readRecordings, type Recording} from './recording.js'

/** What each recorded change amounts to, judged by hand: claim, code of the refusal, `2` for two snapshots, `-label` offline. */
const EXPECTED: Record<string, string> = {
  'auth-no-thumbprint': 'refused THUMBPRINT-MISSING',
  'auth-wrong-password-configure': 'refused LOGIN',
  'auth-wrong-thumbprint': 'refused THUMBPRINT-WRONG',
  'configure-add-nfs': 'completed',
  'configure-add-nfs-again-same': 'completed',
  'configure-after-hand-edit': 'completed',
  'configure-bad-store-ds-char': 'refused STORE-SYNTAX',
  'configure-bad-store-ds-query': 'refused STORE-SYNTAX',
  'configure-bad-store-empty': 'refused STORE-SYNTAX',
  'configure-bad-store-empty-label': 'refused STORE-SYNTAX',
  'configure-bad-store-label-at': 'refused STORE-SYNTAX',
  'configure-bad-store-label-number': 'refused STORE-SYNTAX',
  'configure-bad-store-label-port': 'refused STORE-SYNTAX',
  'configure-bad-store-label-slash': 'refused STORE-SYNTAX',
  'configure-bad-store-label-star': 'refused STORE-SYNTAX',
  'configure-bad-store-no-colon': 'refused STORE-SYNTAX',
  'configure-bad-store-no-label': 'refused STORE-SYNTAX',
  'configure-bad-store-no-target': 'refused STORE-SYNTAX',
  'configure-bad-store-percent': 'refused STORE-SYNTAX',
  'configure-bad-store-scheme': 'refused STORE-SYNTAX',
  // Go 1.8 takes any port; the refusal is about the store that was left out.
  'configure-bad-store-url': 'refused STORES-MISSING',
  'configure-by-id': 'completed',
  'configure-changed-existing': 'refused STORES-CHANGED',
  'configure-debug': 'completed',
  'configure-ds-ambiguous-glob': 'refused DATASTORE-UNKNOWN',
  'configure-ds-decoded-fed-back': 'completed',
  'configure-ds-default-path': 'completed',
  'configure-ds-default-path-again': 'refused STORES-CHANGED',
  'configure-ds-raw-output-fed-back': 'refused STORE-SYNTAX',
  'configure-ds-scheme-accepted': 'completed',
  'configure-ds-unknown': 'refused DATASTORE-UNKNOWN',
  'configure-duplicate-label': 'completed -two words',
  'configure-host-changed': 'refused STORES-CHANGED',
  'configure-label-comma': 'completed',
  'configure-label-dash': 'completed',
  'configure-label-space': 'completed -two words',
  'configure-missing-and-changed-none': 'completed',
  'configure-missing-existing': 'refused STORES-MISSING',
  'configure-nfs-colon-in-path': 'completed',
  'configure-nfs-ipv6': 'completed',
  'configure-nfs-no-host': 'refused STORE-SYNTAX',
  'configure-nfs-no-path': 'refused STORE-SYNTAX',
  'configure-nfs-port': 'completed',
  'configure-nfs-raw-output-fed-back': 'completed',
  'configure-nfs-userinfo': 'completed',
  'configure-ops-user-changed': 'refused OPS-USER',
  'configure-path-changed': 'refused STORES-CHANGED',
  'configure-port-added': 'refused STORES-CHANGED',
  'configure-query-changed-ignored': 'completed',
  'configure-terminal': 'completed',
  'configure-trailing-slash-accepted': 'completed',
  'configure-two-clusters-without-compute-resource': 'refused COMPUTE-RESOURCE',
  'configure-two-datacenters-without-datacenter': 'refused DATACENTER',
  'configure-unknown-name': 'refused VCH-UNKNOWN',
  'lifecycle-component-error': 'completed',
  'lifecycle-connection-reset': 'timed-out',
  'lifecycle-failure-reconfigure': 'completed',
  'lifecycle-failure-rolled-back': 'rolled-back',
  'lifecycle-failure-second-configure': 'failed 2',
  'lifecycle-in-progress': 'refused IN-PROGRESS',
  'lifecycle-in-progress-left-behind': 'refused IN-PROGRESS',
  'lifecycle-powered-off-before': 'completed',
  // A lie: the store of the first is lost. Only a look at the stores afterwards tells (safety rule S7).
  'lifecycle-race-both-exit-0#1': 'completed -race1',
  'lifecycle-race-both-exit-0#2': 'failed 2',
  'lifecycle-reset-progress': 'completed',
  'lifecycle-reset-progress-not-needed': 'completed',
  'lifecycle-retry-after-reset': 'completed',
  // The store that a rollback takes away is still in vic-machine's head when it looks at /info.
  'lifecycle-rollback': 'completed -nfs1',
  'lifecycle-rollback-nothing': 'refused NO-SNAPSHOT',
  'lifecycle-rollback-twice': 'refused NO-SNAPSHOT',
  'lifecycle-sigint': 'vanished',
  'lifecycle-sigterm': 'vanished',
  'lifecycle-store-offline': 'completed -nfs1',
  'lifecycle-store-offline-no-tls': 'completed -nfs1',
  'lifecycle-store-offline-tlsverify': 'completed',
  'lifecycle-store-offline-tlsverify-ip': 'completed',
  'lifecycle-timeout-at-once': 'refused TIMEOUT-AT-ONCE',
  'lifecycle-timeout-http-500': 'timed-out',
  'lifecycle-timeout-no-components': 'timed-out',
  'lifecycle-timeout-services': 'timed-out',
  'lifecycle-timeout-services-tlsverify': 'timed-out',
  'lifecycle-two-at-once-first': 'completed',
  'lifecycle-two-at-once-second': 'refused IN-PROGRESS',
  'one-cluster-configure-without-compute-resource': 'completed',
  'target-wrong-datacenter-configure': 'refused DATACENTER',
  'usage-configure-bad-target': 'refused TARGET-INVALID',
  'usage-configure-bad-target-env': 'refused TARGET-INVALID',
  'usage-configure-flag-without-value': 'refused USAGE',
  'usage-configure-no-target': 'refused SETTINGS',
  'usage-configure-no-user': 'refused SETTINGS',
  'usage-configure-stray-argument': 'refused USAGE',
  'usage-configure-unknown-flag': 'refused USAGE',
  'usage-configure-unwritable-folder': 'refused SETTINGS',
  // Before 1.3.0 a time-out is rolled back; before 1.4.0 the VCH is then left powered off.
  'version-v1.2.1-after-timeout': 'failed 2',
  'version-v1.2.1-failure-rolled-back': 'failed',
  'version-v1.2.1-timeout-services': 'failed',
  'version-v1.3.1-after-timeout': 'refused IN-PROGRESS',
  'version-v1.3.1-failure-rolled-back': 'failed',
  'version-v1.3.1-timeout-services': 'timed-out',
  // Here --rollback is lost and a plain configure runs: its word is worth nothing.
  'version-v1.4.3-rollback': 'completed',
  'version-v1.5.2-rollback': 'completed',
  ...Object.fromEntries(
    ['v1.4.3', 'v1.5.2', 'v1.5.6'].flatMap((version) => [
      [`version-${version}-after-timeout`, 'refused IN-PROGRESS'],
      [`version-${version}-failure-rolled-back`, 'rolled-back'],
      [`version-${version}-timeout-services`, 'timed-out'],
    ]),
  ),
  ...Object.fromEntries(
    ['v1.2.1', 'v1.3.1', 'v1.4.3', 'v1.5.2', 'v1.5.6'].flatMap((version) => [
      [`version-${version}-add-nfs`, 'completed'],
      [`version-${version}-changed-existing`, 'refused STORES-CHANGED'],
      [`version-${version}-failure-second-configure`, 'failed 2'],
      [`version-${version}-missing-existing`, 'refused STORES-MISSING'],
      [`version-${version}-no-thumbprint`, 'refused THUMBPRINT-MISSING'],
      [`version-${version}-store-offline`, 'completed -nfs1'],
      [`version-${version}-unknown-flag`, 'refused USAGE'],
      [`version-${version}-unknown-name`, 'refused VCH-UNKNOWN'],
      [`version-${version}-wrong-password`, 'refused LOGIN'],
    ]),
  ),
}

function kindOf(recording: Recording): Change['kind'] {
  if (recording.argv.includes('--rollback')) return 'rollback'
  return recording.argv.includes('--reset-progress') ? 'reset-progress' : 'configure'
}

function judge(recording: Recording): ChangeEnd {
  const {stdout, stderr, exitCode} = recording
  return classifyEnd({kind: kindOf(recording), stdout, stderr, ...(exitCode === undefined ? {} : {exitCode})})
}

function shortly(end: ChangeEnd): string {
  const code = end.refusal?.code.replace('VN-VICMACHINE-', '')
  const offline = end.offlineLabels.map((label) => `-${label}`)
  return [end.claim, code, end.twoSnapshots ? '2' : undefined, ...offline]
    .filter((part) => part !== undefined)
    .join(' ')
}

const suite = NO_RECORDINGS === undefined ? describe : describe.skip

suite(`recorded changes${NO_RECORDINGS === undefined ? '' : ` (skipped: ${NO_RECORDINGS})`}`, () => {
  const recordings = new Map(readRecordings().map((recording) => [recording.name, recording]))

  it.each(Object.entries(EXPECTED))('%s: %s', (name, expected) => {
    const recording = recordings.get(name)
    if (recording === undefined) throw new Error(`there is no recording ${name}`)
    expect(shortly(judge(recording))).toBe(expected)
  })

  it('are all explained in one sentence when refused, with the words that matter', () => {
    const sentences = Object.entries(EXPECTED)
      .filter(([, expected]) => expected.startsWith('refused'))
      .map(([name]) => recordings.get(name))
      .flatMap((recording) => (recording === undefined ? [] : (judge(recording).refusal?.message ?? [])))
    for (const sentence of sentences) expect(sentence).toMatch(/^[A-Za-z].*[^.]\.$/s)
    expect(sentences).toContain(
      'The certificate of vcenter.example.test is not trusted; its thumbprint is 22:57:18:CC:99:86:58:B6:C2:B9:76:0D:57:FF:43:31:5D:F1:17:4C.',
    )
    expect(sentences).toContain('There is no datacenter DC9 in this vCenter; it has DC0.')
    expect(sentences).toContain('vic-machine refused: the VCH has volume stores that were not restated (default).')
  })

  it('show neither rules nor Go traces among the error lines', () => {
    const end = judge(recordings.get('lifecycle-timeout-services') ?? fail())
    expect(end.errorLines).toEqual([
      'Failed to configure: Upgrading VCH exceeded time limit of 15s. Please increase the timeout using --timeout to accommodate for a busy vSphere target',
      'Failed to revert appliance to snapshot: Failed to roll back upgrade: context deadline exceeded.',
      expect.stringMatching(/^Failed to collect .* vpxd\.log/),
      'Failed to reset UpdateInProgress',
      'context deadline exceeded',
      'vic-machine-linux configure failed: Configure timed out: use --timeout to add more time',
    ])
  })
})

function fail(): never {
  throw new Error('there is no such recording')
}
