import {describe, expect, it} from '@jest/globals'
import fc from 'fast-check'
import {cidrContains, formatCidr, formatIpv4, freeAddress, parseCidr, parseIpv4} from '../../../src/model/cidr.js'

describe('parseIpv4 and formatIpv4', () => {
  it('are each other’s inverse over all addresses', () => {
    fc.assert(
      fc.property(fc.integer({min: 0, max: 2 ** 32 - 1}), (value) => {
        expect(parseIpv4(formatIpv4(value))).toBe(value)
      }),
    )
  })

  it('agree with a known value', () => {
    expect(parseIpv4('192.168.100.41')).toBe(0xc0a86429)
  })

  it.each(['', '1.2.3', '1.2.3.4.5', '256.1.1.1', '01.2.3.4', '1.2.3.4/24', 'a.b.c.d', ' 1.2.3.4'])(
    'refuse %j',
    (text) => {
      expect(parseIpv4(text)).toBeUndefined()
    },
  )
})

describe('parseCidr', () => {
  it('clears host bits', () => {
    expect(formatCidr(parseCidr('192.168.100.45/29'))).toBe('192.168.100.40/29')
    expect(formatCidr(parseCidr('255.255.255.255/0'))).toBe('0.0.0.0/0')
  })

  it.each(['10.0.0.0', '10.0.0.0/33', '10.0.0/8', '10.0.0.0/', '10.0.0.0/8/8', '10.0.0.0/-1'])('refuses %j', (text) => {
    expect(() => parseCidr(text)).toThrow(expect.objectContaining({code: 'VN-SETTING-BAD'}))
  })

  it('contains its first and last address and nothing beyond', () => {
    const cidr = parseCidr('10.1.2.128/25')
    expect(
      ['10.1.2.127', '10.1.2.128', '10.1.2.255', '10.1.3.0', 'nonsense'].map((a) => cidrContains(cidr, a)),
    ).toEqual([false, true, true, false, false])
  })
})

describe('freeAddress', () => {
  const network = {subnet: '192.168.100.0/24', gateway: '192.168.100.1', usedAddresses: [] as string[]}

  it('takes the first of the range', () => {
    expect(freeAddress({...network, ipRange: '192.168.100.40/29'})).toBe('192.168.100.40')
  })

  it('skips what is in use', () => {
    const usedAddresses = ['192.168.100.40', '192.168.100.41']
    expect(freeAddress({...network, ipRange: '192.168.100.40/29', usedAddresses})).toBe('192.168.100.42')
  })

  it('without a range takes the subnet, but never its network address, gateway or broadcast address', () => {
    expect(freeAddress(network)).toBe('192.168.100.2')
    const all = Array.from({length: 253}, (_, index) => `192.168.100.${index + 2}`)
    expect(freeAddress({...network, usedAddresses: all})).toBeUndefined()
  })

  it('clips a range that reaches beyond the subnet', () => {
    expect(freeAddress({...network, ipRange: '192.168.99.250-192.168.100.2'})).toBe('192.168.100.2')
    expect(freeAddress({...network, ipRange: '192.168.101.0/29'})).toBeUndefined()
  })

  it('reads ranges as VIC writes them, and several of them', () => {
    expect(freeAddress({...network, ipRange: '192.168.100.10-24'})).toBe('192.168.100.10')
    const used = ['192.168.100.10']
    expect(
      freeAddress({...network, ipRange: '192.168.100.10/32,192.168.100.60-192.168.100.70', usedAddresses: used}),
    ).toBe('192.168.100.60')
    expect(() => freeAddress({...network, ipRange: '192.168.100.24-192.168.100.10'})).toThrow(/not a range/)
  })

  it('offers nothing where no fixed address can be asked for: DHCP, or no gateway', () => {
    expect(freeAddress({gateway: '10.0.0.1', usedAddresses: []})).toBeUndefined()
    expect(freeAddress({subnet: '10.0.0.0/24', usedAddresses: []})).toBeUndefined()
  })

  it('always finds a usable address when there is one', () => {
    const host = fc.integer({min: 0, max: 15})
    fc.assert(
      fc.property(fc.uniqueArray(host), host, (used, gateway) => {
        const address = (last: number): string => `10.0.0.${last}`
        const free = freeAddress({subnet: '10.0.0.0/28', gateway: address(gateway), usedAddresses: used.map(address)})
        const usable = [...Array(14).keys()].map((n) => n + 1).filter((n) => n !== gateway && !used.includes(n))
        expect(free).toBe(usable[0] === undefined ? undefined : address(usable[0]))
      }),
    )
  })
})
