import {describe, expect, it} from '@jest/globals'
import {VIC_TRAITS, type VicTrait} from '../../../src/model/vic-traits.js'
import {
  compareVicVersions,
  formatVicVersion,
  parseVicVersion,
  traitsOf,
  VIC_RELEASES,
} from '../../../src/model/vic-version.js'

function parsed(text: string) {
  const version = parseVicVersion(text)
  if (version === undefined) throw new Error(`${text} is not parsed`)
  return version
}

describe('parseVicVersion', () => {
  it.each([
    ['1.5.8', '1.5.8'],
    ['v1.5.8-10000-2c978fe', '1.5.8'],
    ['v1.5.2-rc1-19882-c9d0851', '1.5.2-rc1'],
    [' v1.2.1 ', '1.2.1'],
  ])('reads %j', (text, version) => {
    expect(formatVicVersion(parsed(text))).toBe(version)
  })

  it('keeps build and commit', () => {
    expect(parseVicVersion('v1.5.8-10000-2c978fe')).toEqual({
      major: 1,
      minor: 5,
      patch: 8,
      build: '10000',
      commit: '2c978fe',
    })
  })

  it.each(['', 'latest', '1.5', 'v1.5.8-', '1.5.8 (sandbox)', 'x1.5.8'])('does not read %j', (text) => {
    expect(parseVicVersion(text)).toBeUndefined()
  })

  it('orders releases, candidates before their release', () => {
    const ordered = ['1.2.0', '1.2.1', '1.4.3', '1.5.0', '1.5.2-rc1', '1.5.2-rc2', '1.5.2', '1.5.10', '2.0.0'].map(
      parsed,
    )
    const shuffled = [...ordered].reverse().sort(compareVicVersions)
    expect(shuffled.map(formatVicVersion)).toEqual(ordered.map(formatVicVersion))
    expect(compareVicVersions(parsed('1.5.8-1-2c978fe'), parsed('v1.5.8'))).toBe(0)
  })
})

describe('traitsOf', () => {
  it.each([
    ['1.1.1', 'too-old', false, false, false, false, false, false],
    ['1.2.1', 'supported', false, false, false, false, true, false],
    ['1.3.1', 'supported', false, false, false, false, true, true],
    ['1.5.0', 'supported', false, false, false, true, true, true],
    ['v1.5.2-rc1', 'supported', false, true, false, true, true, true],
    ['1.5.2', 'supported', false, true, true, true, true, true],
    ['1.5.3', 'supported', true, true, true, true, true, true],
    ['v1.5.8-10000-2c978fe', 'supported', true, true, true, true, true, true],
    ['1.5.9', 'too-new', true, true, true, true, true, true],
    ['rubbish', 'unreadable', false, true, false, false, true, true],
  ] as const)(
    'of %s',
    (text, support, rollback, bootLoop, rangeAddressesKept, fqdnStores, containerFirewall, timeoutLeavesStore) => {
      expect(traitsOf(text)).toMatchObject({
        support,
        rollback,
        bootLoop,
        rangeAddressesKept,
        fqdnStores,
        containerFirewall,
        timeoutLeavesStore,
      })
    },
  )

  it.each([
    ['1.2.0', ['nfsStores', 'resetProgress', 'containerFirewall', 'containerExec', 'logTimes', 'whitelistMode']],
    ['1.2.1', []],
    ['1.3.0', ['timeoutLeavesStore', 'removesAnonymousVolumes', 'logfmtLines', 'checksVCenter']],
    ['1.3.1', []],
    ['1.4.0', ['failurePowersOn', 'memorySnapshotsGone', 'removesSnapshots', 'uniqueNames']],
    ['1.4.3', []],
    ['1.5.0', ['fqdnStores', 'storageQuota', 'splitHelp']],
    ['1.5.2', ['bootLoop', 'rangeAddressesKept']],
    ['1.5.3', ['rollback', 'restoresUserBridgePorts']],
    ['1.5.4', ['udpMapping']],
    ['1.5.5', []],
    ['1.5.6', []],
    ['1.5.8', []],
  ])('what %s brought', (version, brought) => {
    const versions = VIC_RELEASES.map((release) => release.version)
    const before = traitsOf(versions[versions.indexOf(version) - 1] ?? '1.1.1')
    const now = traitsOf(version)
    const news = (Object.keys(VIC_TRAITS) as VicTrait[]).filter((trait) => now[trait] && !before[trait])
    expect(news.sort()).toEqual([...brought].sort())
    expect(now.support).toBe('supported')
  })

  it('names a source for every line', () => {
    for (const {what, source} of Object.values(VIC_TRAITS)) expect([what, source].join(': ')).toMatch(/.+: facts\/.+§ /)
  })

  it('lists releases that can be read, oldest first', () => {
    const versions = VIC_RELEASES.map((release) => parsed(release.version))
    expect([...versions].sort(compareVicVersions)).toEqual(versions)
    expect(formatVicVersion(versions.at(-1) ?? parsed('0.0.0'))).toBe('1.5.8')
  })
})
