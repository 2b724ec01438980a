import {describe, expect, it} from '@jest/globals'
import fc from 'fast-check'
import {formatBytes, parseCapacityMb} from '../../../src/model/size.js'

describe('parseCapacityMb', () => {
  it.each([
    ['512', 512],
    ['512MB', 512],
    ['512m', 512],
    ['5GB', 5000],
    ['5 GB', 5000],
    ['10g', 10_000],
    ['1TB', 1_000_000],
    ['1.1GB', 1100],
    ['1.5MB', 1],
    ['1000KB', 1],
    ['2000000B', 2],
    ['1P', 1_000_000_000],
  ])('reads %s as VIC does', (text, capacityMb) => {
    expect(parseCapacityMb(text)).toBe(capacityMb)
  })

  it.each(['10GiB', '512MiB', '1 gib', '5Gi'])('refuses %s and says why', (text) => {
    expect(() => parseCapacityMb(text)).toThrow(
      expect.objectContaining({code: 'VN-SETTING-BAD', message: expect.stringContaining('binary units')}),
    )
  })

  it.each(['500KB', '0', '0GB', '1.0', '999999B', '12k'])('refuses %s: less than a megabyte', (text) => {
    expect(() => parseCapacityMb(text)).toThrow(/less than one megabyte/)
  })

  it.each(['', 'large', '-5GB', '1.2.3GB', '5GBB', '1e3', '5,5GB', '0x10'])('refuses %j', (text) => {
    expect(() => parseCapacityMb(text)).toThrow(expect.objectContaining({code: 'VN-SETTING-BAD', exitCode: 2}))
  })

  it('refuses what VIC cannot count', () => {
    expect(parseCapacityMb('9223372036854')).toBe(9_223_372_036_854)
    expect(() => parseCapacityMb('9223372036855')).toThrow(/more than VIC can count/)
  })

  it('takes every positive whole number of each unit', () => {
    fc.assert(
      fc.property(fc.integer({min: 1, max: 60_000}), (amount) => {
        expect(parseCapacityMb(`${amount}GB`)).toBe(amount * 1000)
        expect(parseCapacityMb(String(amount))).toBe(amount)
      }),
    )
  })
})

describe('formatBytes', () => {
  it.each([
    [0, '0 B'],
    [512, '512 B'],
    [1023, '1023 B'],
    [1024, '1.0 KiB'],
    [1536, '1.5 KiB'],
    [1024 * 1024 - 1, '1.0 MiB'],
    [4 * 1024 ** 3, '4.0 GiB'],
    [5000 * 1024 ** 5, '5000.0 PiB'],
  ])('%d is %s', (sizeBytes, text) => {
    expect(formatBytes(sizeBytes)).toBe(text)
  })
})
