import {describe, expect, it} from '@jest/globals'
import fc from 'fast-check'

import {checkShareRequest} from '../../../src/model/check-share-request.js'
import {
  exportOptionsOf,
  readShareLabels,
  requestDifferences,
  serverEnvironment,
  serverPorts,
  shareLabels,
  shareUrl,
  type ShareChoice,
  type ShareRequest,
} from '../../../src/model/share.js'
import {isVicnfsError} from '../../../src/model/vicnfs-error.js'
import {parseStoreArgument} from '../../../src/model/volume-store.js'

const REQUEST: ShareRequest = {
  name: 'data',
  scratch: false,
  image: 'vicnfs/nfs-server:1',
  network: 'storage-net',
  address: null,
  exportFolder: '/exports/data',
  mountdPort: 32_767,
  lockdPort: 32_768,
  exportOptions: null,
  allow: [],
  squash: 'no_root_squash',
  uid: 0,
  gid: 0,
  securePorts: false,
}
const CHOICE: ShareChoice = {network: 'storage-net', address: '10.0.0.9', ownAddress: null, external: true}

function codeOf(change: Partial<ShareRequest>): string {
  try {
    checkShareRequest({...REQUEST, ...change})
    return 'accepted'
  } catch (error) {
    return isVicnfsError(error) ? error.code : String(error)
  }
}

describe('checkShareRequest', () => {
  it.each(['/exports/data', '/a', '/a b/c', '/a/..b/c.'])('accepts the export %s', (exportFolder) => {
    expect(codeOf({exportFolder})).toBe('accepted')
  })

  it.each(['/', '//', '///', '', 'exports', './x', '/a/../b', '/..', '/a/./b', '/.'])(
    'refuses the export %j',
    (exportFolder) => {
      expect(codeOf({exportFolder})).toBe('VN-SETTING-BAD')
    },
  )

  it.each(['a', 'A9', 'nfs-vol', 'a_b.c-d'])('accepts the volume %s', (name) => {
    expect(codeOf({name})).toBe('accepted')
  })

  it.each(['', '-a', '.a', 'a b', 'a/b', 'ä', 'a:b', 'a\n'])('refuses the volume %j', (name) => {
    expect(codeOf({name})).toBe('VN-SETTING-BAD')
  })

  it.each([0, -1, 65_536, 1.5, Number.NaN, 111, 2049, 32_768])('refuses mountd on port %s', (mountdPort) => {
    expect(codeOf({mountdPort})).toBe('VN-SETTING-BAD')
  })

  it('accepts two other ports', () => {
    expect(codeOf({mountdPort: 1, lockdPort: 65_535})).toBe('accepted')
  })

  it.each(['root_squash', 'all_squash'] as const)('refuses %s for uid 0, and accepts it for another', (squash) => {
    expect(codeOf({squash})).toBe('VN-UID-SQUASHED')
    expect(codeOf({squash, uid: 1000, gid: 1000})).toBe('accepted')
  })

  it.each([
    ['*(rw,sync,no_root_squash)', 'accepted'],
    ['10.0.0.0/24(rw,no_root_squash) *(ro)', 'accepted'],
    ['*(rw,root_squash,no_root_squash)', 'accepted'],
    ['*(rw,sync)', 'VN-UID-SQUASHED'],
    ['*', 'VN-UID-SQUASHED'],
    ['*(rw,root_squash)', 'VN-UID-SQUASHED'],
    ['*(rw,no_root_squash,root_squash)', 'VN-UID-SQUASHED'],
    ['*(rw,no_root_squash,all_squash)', 'VN-UID-SQUASHED'],
  ])('reads root squash in the own options %s: %s', (exportOptions, expected) => {
    expect(codeOf({exportOptions})).toBe(expected)
    expect(codeOf({exportOptions, uid: 1000, gid: 1000})).toBe('accepted')
  })
})

describe('the settings of the server container', () => {
  it('are rw,sync,insecure for everybody unless told otherwise', () => {
    expect(exportOptionsOf(REQUEST, CHOICE)).toBe('*(rw,sync,no_subtree_check,insecure,no_root_squash)')
  })

  it('name the allowed clients, and this machine among them', () => {
    const allow = ['10.1.0.0/16', '10.2.0.1']
    const options = '(rw,sync,no_subtree_check,insecure,no_root_squash)'
    expect(exportOptionsOf({...REQUEST, allow}, CHOICE)).toBe(`10.1.0.0/16${options} 10.2.0.1${options}`)
    expect(exportOptionsOf({...REQUEST, allow}, {...CHOICE, ownAddress: '10.3.0.1'})).toBe(
      `10.1.0.0/16${options} 10.2.0.1${options} 10.3.0.1${options}`,
    )
  })

  it('take privileged ports only, squash to the owner, and stand back for options to the letter', () => {
    // Said outright: NFS-Ganesha in the server image heeds only that.
    expect(exportOptionsOf({...REQUEST, securePorts: true}, CHOICE)).toBe(
      '*(rw,sync,no_subtree_check,secure,no_root_squash)',
    )
    expect(exportOptionsOf({...REQUEST, squash: 'all_squash', uid: 7, gid: 8}, CHOICE)).toMatch(
      /all_squash,anonuid=7,anongid=8\)$/,
    )
    expect(exportOptionsOf({...REQUEST, exportOptions: '*(rw)'}, CHOICE)).toBe('*(rw)')
  })

  it('demand the volume, but none for scratch space', () => {
    expect(serverEnvironment(REQUEST, CHOICE)).toMatchObject({
      EXPORT_FOLDER: '/exports/data',
      MOUNTD_PORT: '32767',
      REQUIRE_MOUNT: '1',
    })
    expect(serverEnvironment({...REQUEST, scratch: true}, CHOICE)).not.toHaveProperty('REQUIRE_MOUNT')
    expect(serverPorts(REQUEST)).toEqual([111, 2049, 32_767, 32_768])
  })
})

describe('the labels of a server container', () => {
  it('give back what was asked for and what was chosen', () => {
    const request = {...REQUEST, allow: ['10.0.0.0/8'], exportOptions: '*(rw)'}
    expect(readShareLabels(shareLabels(request, CHOICE))).toEqual({request, choice: CHOICE})
  })

  it('of others, or damaged ones, are none of ours', () => {
    const labels = shareLabels(REQUEST, CHOICE)
    expect(readShareLabels({})).toBeUndefined()
    expect(readShareLabels({...labels, 'vicnfs.role': 'verify'})).toBeUndefined()
    expect(readShareLabels({...labels, 'vicnfs.request': '{'})).toBeUndefined()
  })
})

describe('requestDifferences', () => {
  it('finds none where nothing, or nothing in particular, is asked for', () => {
    expect(requestDifferences({request: REQUEST, choice: CHOICE}, REQUEST)).toEqual([])
    expect(requestDifferences({request: REQUEST, choice: CHOICE}, {...REQUEST, network: null, address: null})).toEqual(
      [],
    )
  })

  it('names each field that differs', () => {
    const wanted = {...REQUEST, network: 'other', uid: 1000, allow: ['10.0.0.1']}
    expect(requestDifferences({request: REQUEST, choice: CHOICE}, wanted)).toEqual([
      {field: 'network', is: '"storage-net"', wanted: '"other"'},
      {field: 'allow', is: '[]', wanted: '["10.0.0.1"]'},
      {field: 'uid', is: '0', wanted: '1000'},
    ])
  })
})

describe('shareUrl', () => {
  it('always carries uid and gid, and reads back as the place', () => {
    const folder = fc.array(
      fc.string({
        minLength: 1,
        maxLength: 8,
        unit: fc.constantFrom('a', 'B', '9', ' ', '-', '_', '.', '%', '?', '#', ':', 'ä', ',', '='),
      }),
      {
        minLength: 1,
        maxLength: 3,
      },
    )
    fc.assert(
      fc.property(folder, fc.nat(65_535), fc.nat(65_535), (parts, uid, gid) => {
        const place = {host: '10.0.0.9', path: parts.map((part) => `/${part}`).join(''), uid, gid}
        const url = shareUrl(place)
        expect(url.endsWith(`?uid=${uid}&gid=${gid}`)).toBe(true)
        expect(parseStoreArgument(`${url}:x`)).toMatchObject({scheme: 'nfs', host: place.host, path: place.path})
      }),
    )
  })
})
