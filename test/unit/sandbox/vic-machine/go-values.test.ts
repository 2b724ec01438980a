import {describe, expect, it} from '@jest/globals'
import fc from 'fast-check'
import {formatGoDuration, parseGoDuration} from '../../../../src/sandbox/vic-machine/go-duration.js'
import {escapeGoPath, parseGoUrl} from '../../../../src/sandbox/vic-machine/go-url.js'

describe('Go durations', () => {
  it.each([
    ['3m0s', 180_000],
    ['1h2m3.5s', 3_723_500],
    ['1ms', 1],
    ['250us', 0.25],
    ['0', 0],
    ['-5s', -5000],
  ])('reads %s', (text, ms) => expect(parseGoDuration(text)).toBeCloseTo(ms, 9))

  it.each([
    ['10', 'time: missing unit in duration 10'],
    ['5x', 'time: unknown unit x in duration 5x'],
    ['', 'time: invalid duration '],
    ['s', 'time: invalid duration s'],
    ['1m 2s', 'time: unknown unit m  in duration 1m 2s'],
  ])('refuses %j', (text, message) => expect(() => parseGoDuration(text)).toThrow(message))

  it.each([
    [180_000, '3m0s'],
    [12_000, '12s'],
    [1500, '1.5s'],
    [1, '1ms'],
    [3_600_000, '1h0m0s'],
    [0, '0s'],
  ])('writes %d', (ms, text) => expect(formatGoDuration(ms)).toBe(text))

  it('reads back what it writes', () => {
    expect(() => {
      fc.assert(
        fc.property(fc.integer({min: 0, max: 10_000_000}), (ms) => parseGoDuration(formatGoDuration(ms)) === ms),
      )
    }).not.toThrow()
  })
})

describe('Go URLs', () => {
  it('takes the parts apart', () => {
    expect(parseGoUrl('NFS://user:s%40t@192.0.2.10:2049/ex%20ports/a:b?uid=1&x#frag')).toEqual({
      scheme: 'nfs',
      user: {name: 'user', password: 's@t'},
      host: '192.0.2.10:2049',
      path: '/ex ports/a:b',
      escapedPath: '/ex%20ports/a:b',
      forceQuery: false,
      rawQuery: 'uid=1&x',
      fragment: 'frag',
    })
    expect(parseGoUrl('nfs:///exports/data')).toMatchObject({host: '', path: '/exports/data'})
    expect(parseGoUrl('nfs://[2001:db8::1]/x')).toMatchObject({host: '[2001:db8::1]', path: '/x'})
    expect(parseGoUrl('datastore1/some path')).toMatchObject({scheme: '', host: '', path: 'datastore1/some path'})
  })

  it.each(['https://[::1', 'nfs://h/%zz', ':x', 'nfs://a b/x', 'a b:c/d'])('refuses %s', (text) => {
    expect(() => parseGoUrl(text)).toThrow(`parse ${text}: `)
  })

  it('reads back any path that it escapes', () => {
    expect(() => {
      fc.assert(
        fc.property(fc.string({unit: 'grapheme'}), (text) => {
          const path = `/${text}`
          return parseGoUrl(`nfs://h${escapeGoPath(path)}`).path === path
        }),
      )
    }).not.toThrow()
  })
})
