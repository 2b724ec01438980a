import {describe, expect, it} from '@jest/globals'

import {ringText, ringThrough, type Dependence} from '../../../src/model/serving-ring.js'

const needs = (...pairs: readonly string[]): Dependence[] =>
  pairs.map((pair) => ({consumer: pair[0] ?? '', server: pair[1] ?? ''}))
const ring = (wanted: string, ...known: readonly string[]) => ringThrough(needs(wanted)[0]!, needs(...known))

describe('a ring of VCHs that need each other', () => {
  it.each([
    ['ab', ['ba'], ['a', 'b']],
    ['ab', ['bc', 'ca'], ['a', 'b', 'c']],
    // The shortest one, whatever else leads back.
    ['ab', ['bc', 'cd', 'da', 'ca', 'bb', 'cb'], ['a', 'b', 'c']],
  ])('is closed by %s on top of %j', (wanted, known, expected) => {
    expect(ring(wanted, ...known)).toEqual(expected)
  })

  it.each([
    ['ab', []],
    ['ab', ['ab', 'bc']],
    // Others wait for each other, but this one is not among them.
    ['ab', ['bc', 'cb']],
    ['ab', ['ca', 'cb']],
    // A VCH that serves itself is no ring: that has a rule of its own.
    ['aa', ['aa', 'ab', 'ba']],
  ])('is not closed by %s on top of %j', (wanted, known) => {
    expect(ring(wanted, ...known)).toBeUndefined()
  })

  it('is said in words', () => {
    expect(ringText(['a', 'b'])).toBe('"a" needs "b" to boot, and "b" needs "a"')
    expect(ringText(['a', 'b', 'c'])).toBe('"a" needs "b" to boot, "b" needs "c", and "c" needs "a"')
  })
})
