import {describe, expect, it} from '@jest/globals'

import {requestDifferences} from '../../../src/model/share.js'
import {shareRequest} from '../../helpers/fake-world.js'

const CHOICE = {network: 'storage-net', external: true, address: '10.9.0.2', ownAddress: null}

describe('requestDifferences', () => {
  const kept = {request: shareRequest(), choice: CHOICE}

  it('finds none in a request that names what was chosen', () => {
    expect(requestDifferences(kept, shareRequest({network: 'storage-net', address: '10.9.0.2'}))).toEqual([])
  })

  it('finds another network, another address and another setting', () => {
    const wanted = shareRequest({network: 'bridge', address: '10.9.0.3', uid: 7})
    expect(requestDifferences(kept, wanted).map(({field, is}) => [field, is])).toEqual([
      ['network', '"storage-net"'],
      ['address', '"10.9.0.2"'],
      ['uid', '0'],
    ])
  })

  it('compares with what was asked for, where it was', () => {
    const asked = {request: shareRequest({address: '10.9.0.5'}), choice: {...CHOICE, address: '10.9.0.5'}}
    expect(requestDifferences(asked, shareRequest())).toEqual([])
    expect(requestDifferences(asked, shareRequest({address: '10.9.0.2'}))).toHaveLength(1)
  })
})
