import {describe, expect, it} from '@jest/globals'

import type {ShareRequest} from '../../../../src/model/share.js'
import {isVicnfsError} from '../../../../src/model/vicnfs-error.js'
import {chooseAddress, chooseNetwork} from '../../../../src/services/share/choose-network.js'
import type {VchInfo, VchNetwork} from '../../../../src/vch/vch-api.js'
import {shareRequest} from '../../../helpers/fake-world.js'

const VCH = {kind: 'vch', name: 'vch1'} as VchInfo
const ENGINE = {kind: 'docker-engine', name: 'engine'} as VchInfo
const BRIDGE: VchNetwork = {name: 'bridge', id: '1', external: false, subnet: '172.16.0.0/16', usedAddresses: []}
const STORAGE: VchNetwork = {
  name: 'storage-net',
  id: '2',
  external: true,
  subnet: '10.0.0.0/24',
  gateway: '10.0.0.1',
  ipRange: '10.0.0.8/30',
  usedAddresses: [],
}
const DHCP: VchNetwork = {name: 'dhcp-net', id: '3', external: true, usedAddresses: []}

const asked = (change: Partial<ShareRequest>) => shareRequest({name: 'data', exportFolder: '/exports/data', ...change})

function errorOf(body: () => unknown): {code: string; exitCode: number; reason: string; tries: readonly string[]} {
  try {
    body()
  } catch (error) {
    if (isVicnfsError(error)) return error
    throw error
  }
  throw new Error('not refused')
}

describe('chooseNetwork', () => {
  it('takes the network that is named, a bridge too', () => {
    expect(chooseNetwork([BRIDGE, STORAGE], asked({network: 'bridge'}), VCH)).toBe(BRIDGE)
  })

  it('takes the only container network where none is named', () => {
    expect(chooseNetwork([BRIDGE, STORAGE], asked({}), VCH)).toBe(STORAGE)
  })

  it('refuses a network that is not there, with the list', () => {
    const error = errorOf(() => chooseNetwork([BRIDGE, STORAGE], asked({network: 'Storage-Net'}), VCH))
    expect(error).toMatchObject({code: 'VN-SHARE-NETWORK', exitCode: 2})
    expect(error.reason).toContain('bridge (bridge), storage-net (container network)')
  })

  it('never guesses among two container networks', () => {
    const error = errorOf(() => chooseNetwork([STORAGE, DHCP], asked({}), VCH))
    expect(error).toMatchObject({code: 'VN-SHARE-NETWORK', exitCode: 2})
    expect(error.tries).toEqual([
      'vicnfs expose-volume data --image vicnfs/server:1 --network storage-net',
      'vicnfs expose-volume data --image vicnfs/server:1 --network dhcp-net',
    ])
  })

  it('falls back to the bridge on a plain Docker Engine only', () => {
    expect(chooseNetwork([BRIDGE], asked({}), ENGINE)).toBe(BRIDGE)
    expect(errorOf(() => chooseNetwork([BRIDGE], asked({}), VCH)).code).toBe('VN-SHARE-NETWORK')
  })
})

describe('chooseAddress', () => {
  it('picks a free address of the range, and asks for it', () => {
    expect(chooseAddress(STORAGE, asked({}))).toBe('10.0.0.8')
    expect(chooseAddress({...STORAGE, usedAddresses: ['10.0.0.8', '10.0.0.9']}, asked({}))).toBe('10.0.0.10')
  })

  it('refuses when the whole range is in use', () => {
    const usedAddresses = ['10.0.0.8', '10.0.0.9', '10.0.0.10', '10.0.0.11']
    expect(errorOf(() => chooseAddress({...STORAGE, usedAddresses}, asked({}))).reason).toContain('10.0.0.8/30')
  })

  it('takes the address that is asked for, also outside the range', () => {
    expect(chooseAddress(STORAGE, asked({address: '10.0.0.77'}))).toBe('10.0.0.77')
  })

  it.each([
    ['outside the network', STORAGE, '10.0.1.8'],
    ['in use', {...STORAGE, usedAddresses: ['10.0.0.9']}, '10.0.0.9'],
    ['that is none', STORAGE, 'storage'],
    ['on a network of DHCP', DHCP, '10.0.0.9'],
    ['on a network without gateway', {...STORAGE, gateway: ''}, '10.0.0.9'],
    ['that is the gateway', STORAGE, '10.0.0.1'],
  ])('refuses an address %s', (_title, network, address) => {
    expect(errorOf(() => chooseAddress(network, asked({address})))).toMatchObject({code: 'VN-SETTING-BAD', exitCode: 2})
  })

  it('asks for none where none can be asked for', () => {
    expect(chooseAddress(DHCP, asked({}))).toBeNull()
    expect(chooseAddress(BRIDGE, asked({}))).toBeNull()
  })
})
