import {describe, expect, it} from '@jest/globals'

import {parsePointInTime} from '../../../src/model/point-in-time.js'

const NOW = new Date('2026-11-27T12:00:00.000Z')

describe('parsePointInTime', () => {
  it.each([
    ['30s', '2026-11-27T11:59:30.000Z'],
    ['90m', '2026-11-27T10:30:00.000Z'],
    ['12h', '2026-11-27T00:00:00.000Z'],
    ['7d', '2026-11-20T12:00:00.000Z'],
    ['1w1d', '2026-11-19T12:00:00.000Z'],
    ['1.5d', '2026-11-26T00:00:00.000Z'],
    ['2026-11-20T08:30Z', '2026-11-20T08:30:00.000Z'],
    ['2026-11-20 08:30:15+02:00', '2026-11-20T06:30:15.000Z'],
  ])('reads %s', (text, expected) => {
    expect(parsePointInTime(text, NOW).toISOString()).toBe(expected)
  })

  it('takes a bare date as the beginning of that day on this machine', () => {
    const at = parsePointInTime('2026-11-20', NOW)
    expect([at.getFullYear(), at.getMonth(), at.getDate(), at.getHours(), at.getMinutes()]).toEqual([
      2026, 10, 20, 0, 0,
    ])
  })

  it.each(['', '7', 'd', '7y', 'yesterday', '-7d', '2026-13-01', '2026-11', '11/20/2026', `${'9'.repeat(20)}w`])(
    'refuses "%s"',
    (text) => {
      expect(() => parsePointInTime(text, NOW)).toThrow(expect.objectContaining({code: 'VN-SETTING-BAD'}))
    },
  )
})
