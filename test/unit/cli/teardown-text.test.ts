import {describe, expect, it} from '@jest/globals'

import {exposeText, teardownText} from '../../../src/cli/result-text.js'

const VIEW = {name: 'nfs-vol', unregistered: [], parked: []} as const

describe('teardownText', () => {
  it.each([
    [
      'removed',
      {...VIEW, outcome: 'removed', data: 'kept'},
      'removed: nfs-vol is shared no more; its volume and data are kept',
    ],
    [
      'un-registered',
      {...VIEW, outcome: 'removed', unregistered: ['nfs-store'], data: 'deleted'},
      'removed: nfs-vol is shared no more, un-registered: nfs-store; its data is deleted, as confirmed',
    ],
    [
      'parked',
      {...VIEW, outcome: 'parked', parked: ['nfs-store'], data: 'kept'},
      'parked: an empty server stands in for nfs-vol as nfs-store, so that its VCH boots; its volume and data are kept\nserve it again: vicnfs expose-volume nfs-vol',
    ],
    [
      'parked before',
      {...VIEW, outcome: 'unchanged', parked: ['nfs-store'], data: 'none'},
      'unchanged: an empty server stands in for nfs-vol as nfs-store, so that its VCH boots; there is no volume of that name',
    ],
  ] as const)('says that a share was %s', (_title, view, text) => {
    expect(teardownText(view)).toBe(text)
  })
})

describe('exposeText', () => {
  it.each(['unparked', 'recreated'] as const)('says that a share was %s', (outcome) => {
    const share = {name: 'nfs-vol', url: 'nfs://h/p?uid=0&gid=0'}
    expect(exposeText({outcome, unchanged: false, share})).toBe(`${outcome}: nfs-vol is shared at ${share.url}`)
  })
})
