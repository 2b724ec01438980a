import {describe, expect, it} from '@jest/globals'
import fc from 'fast-check'
import {formatDuration, parseDuration, toGoDuration} from '../../../src/model/duration.js'

describe('parseDuration', () => {
  it.each([
    ['5m', 300_000],
    ['90s', 90_000],
    ['1h30m', 5_400_000],
    ['250ms', 250],
    ['1.5s', 1500],
    [' 1m5s ', 65_000],
    ['576h', 576 * 3_600_000],
  ])('reads %s', (text, ms) => {
    expect(parseDuration(text)).toBe(ms)
  })

  it.each(['', '90', '1.5', '5 m', '-5s', '5M', '1d', 's', '0s', '0.1ms', '577h', '1e3s', 'Infinity'])(
    'refuses %j',
    (text) => {
      expect(() => parseDuration(text)).toThrow(expect.objectContaining({code: 'VN-SETTING-BAD', exitCode: 2}))
    },
  )

  it('says that the unit is missing', () => {
    expect(() => parseDuration('90')).toThrow(/"90" .* no unit/)
  })

  it('reads back what it gives to Go, for whole seconds', () => {
    fc.assert(
      fc.property(fc.integer({min: 1, max: 576 * 3600}), (seconds) => {
        expect(parseDuration(toGoDuration(seconds * 1000))).toBe(seconds * 1000)
      }),
    )
  })
})

describe('formatDuration', () => {
  it.each([
    [0, '0 ms'],
    [1.26, '1.3 ms'],
    [9.96, '10 ms'],
    [250, '250 ms'],
    [999.6, '1.0 s'],
    [4_200, '4.2 s'],
    [59_949, '59.9 s'],
    [59_990, '1 m'],
    [65_000, '1 m 5 s'],
    [3_599_600, '1 h'],
    [7_380_000, '2 h 3 m'],
  ])('%d ms is %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text)
  })

  it('never shows a unit that is full', () => {
    fc.assert(
      fc.property(fc.double({min: 0, max: 1e9, noNaN: true}), (ms) => {
        expect(formatDuration(ms)).not.toMatch(/\b(1000 ms|60\.0 s|60 s|60 m|10\.0 ms)\b/)
      }),
    )
  })
})

describe('toGoDuration', () => {
  it('rounds up, so that no limit becomes shorter', () => {
    expect([toGoDuration(900_000), toGoDuration(1), toGoDuration(1001)]).toEqual(['900s', '1s', '2s'])
  })
})
