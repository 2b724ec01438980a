/** One thing that differs between releases of VIC: since when it is so, and where that is known from. */
interface TraitRow {
  /** First version that has it; release candidates count. */
  readonly since: string
  /** What is taken of a version that cannot be read: whatever asks for more care. */
  readonly ifUnknown: boolean
  readonly what: string
  readonly source: string
}

/** What a release of VIC, 1.2.0 to 1.5.8, can do and does to a VCH: the one table, for vicnfs and for its sandbox. */
export const VIC_TRAITS = {
  nfsStores: {
    since: '1.2.0',
    ifUnknown: false,
    what: 'vic-machine create and configure take NFS volume stores; inspect config shows them',
    source: 'facts/vic-machine.md § 7',
  },
  resetProgress: {
    since: '1.2.0',
    ifUnknown: false,
    what: 'configure --reset-progress clears the mark of a change in progress',
    source: 'facts/vic-machine.md § 7',
  },
  rollback: {
    since: '1.5.3',
    ifUnknown: false,
    what: 'configure --rollback reverts the last configure; before, the flag is lost and a plain configure runs',
    source: 'facts/vic-machine.md § 2.5',
  },
  bootLoop: {
    since: '1.5.2-rc1',
    ifUnknown: true,
    what: 'one dead volume store keeps the whole VCH from booting; before, the store is left out in silence',
    source: 'facts/vic-machine.md § 3 (commit c9d08517e)',
  },
  timeoutLeavesStore: {
    since: '1.3.0',
    ifUnknown: true,
    what: 'a configure that times out leaves new store, mark and snapshot; before, it rolls back and powers off',
    source: 'facts/vic-machine.md § 0.5, § 4',
  },
  failurePowersOn: {
    since: '1.4.0',
    ifUnknown: false,
    what: 'a configure that fails and is reverted leaves the VCH on; before, it stays powered off',
    source: 'facts/vic-machine.md § 4 (recordings version-v1.2.1-timeout-services, version-v1.3.1-failure-rolled-back)',
  },
  memorySnapshotsGone: {
    since: '1.4.0',
    ifUnknown: false,
    what: 'the snapshot of a configure holds no memory, so a VCH that is reverted to it has to be powered on',
    source: 'facts/vic-machine.md § 4',
  },
  removesSnapshots: {
    since: '1.4.0',
    ifUnknown: false,
    what: 'the snapshot of the configure before is really removed; before, it stays',
    source: 'facts/vic-machine.md § 4 (recordings version-v1.3.1-*)',
  },
  logfmtLines: {
    since: '1.3.0',
    ifUnknown: true,
    what: 'vic-machine prints logfmt lines; before, dated ones only',
    source: 'facts/vic-machine.md § 1.5',
  },
  checksVCenter: {
    since: '1.3.0',
    ifUnknown: true,
    what: "configure checks vCenter's settings, too",
    source: 'facts/vic-machine.md § 2.3 (recordings version-*)',
  },
  uniqueNames: {
    since: '1.4.0',
    ifUnknown: false,
    what: 'the name of a VCH is unique in its datacenter; before, two clusters can hold the same name',
    source: 'facts/vic-machine.md § 1.3',
  },
  fqdnStores: {
    since: '1.5.0',
    ifUnknown: false,
    what: 'containers can mount a store that is named by host name',
    source: 'facts/vic-machine.md § 6.2 (commit 44d6f815c)',
  },
  containerFirewall: {
    since: '1.2.0',
    ifUnknown: true,
    what: 'container networks have a firewall with a trust level; before, everything is open',
    source: 'facts/vch-docker-api.md § 3.2, § 4.3',
  },
  rangeAddressesKept: {
    since: '1.5.2',
    ifUnknown: false,
    what: 'a container keeps an address picked from the range of its network until it is removed',
    source: 'facts/vch-docker-api.md § 4.2 (commit f0162678f)',
  },
  containerExec: {
    since: '1.2.0',
    ifUnknown: false,
    what: 'docker exec works',
    source: 'facts/vch-docker-api.md § 3.7',
  },
  logTimes: {
    since: '1.2.0',
    ifUnknown: false,
    what: 'docker logs takes --since and --timestamps',
    source: 'facts/vch-docker-api.md § 3.7',
  },
  removesAnonymousVolumes: {
    since: '1.3.0',
    ifUnknown: true,
    what: 'docker rm -v removes anonymous volumes',
    source: 'facts/vch-docker-api.md § 3.4',
  },
  storageQuota: {
    since: '1.5.0',
    ifUnknown: true,
    what: 'a VCH has a storage quota',
    source: 'facts/vic-machine.md § 7',
  },
  whitelistMode: {
    since: '1.2.0',
    ifUnknown: true,
    what: 'docker info says whether the VCH is limited to a list of registries',
    source: 'facts/vch-docker-api.md § 1.3',
  },
  udpMapping: {
    since: '1.5.4',
    ifUnknown: false,
    what: 'UDP ports can be published; before, every one counts as taken',
    source: 'facts/vic-machine.md § 7',
  },
  restoresUserBridgePorts: {
    since: '1.5.3',
    ifUnknown: false,
    what: 'port mappings on user-made bridges come back when the VCH boots',
    source: 'facts/vch-docker-api.md § 7.1 (commit daeddfdee)',
  },
  splitHelp: {
    since: '1.5.0',
    ifUnknown: true,
    what: 'vic-machine configure --help is short, -x shows all',
    source: 'facts/vic-machine.md § 7',
  },
} as const satisfies Record<string, TraitRow>

export type VicTrait = keyof typeof VIC_TRAITS
