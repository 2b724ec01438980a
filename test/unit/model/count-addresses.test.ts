import {expect, it} from '@jest/globals'
import {countAddresses, freeAddress} from '../../../src/model/cidr.js'

const plan = (parts: {ipRange?: string; usedAddresses?: string[]; subnet?: string}) => ({
  subnet: '10.0.0.0/24',
  gateway: '10.0.0.1',
  usedAddresses: [],
  ...parts,
})

it.each([
  ['a whole subnet without its ends and its gateway', plan({}), 253, 253],
  ['addresses in use', plan({usedAddresses: ['10.0.0.9', '10.0.0.9', '10.0.0.1', '10.9.9.9']}), 253, 252],
  ['a range', plan({ipRange: '10.0.0.10-10.0.0.13', usedAddresses: ['10.0.0.10', '10.0.0.99']}), 4, 3],
  ['ranges that overlap', plan({ipRange: '10.0.0.10-12,10.0.0.12-14,10.0.0.0/30'}), 7, 7],
  ['a range beyond the subnet', plan({ipRange: '10.0.1.0/28'}), 0, 0],
  ['a large subnet, at once', plan({subnet: '10.0.0.0/8'}), 2 ** 24 - 3, 2 ** 24 - 3],
])('counts %s', (_what, network, total, free) => {
  expect(countAddresses(network)).toEqual({total, free})
})

it('agrees with the choice of an address, down to the last one', () => {
  const usedAddresses: string[] = []
  for (;;) {
    const network = plan({ipRange: '10.0.0.0/29', usedAddresses})
    const address = freeAddress(network)
    expect(countAddresses(network)?.free).toBe(6 - usedAddresses.length)
    if (address === undefined) break
    usedAddresses.push(address)
  }
  expect(usedAddresses).toHaveLength(6)
})

it('counts none where none can be asked for', () => {
  expect(countAddresses({subnet: '10.0.0.0/24', usedAddresses: []})).toBeUndefined()
  expect(countAddresses({gateway: '10.0.0.1', usedAddresses: []})).toBeUndefined()
})
