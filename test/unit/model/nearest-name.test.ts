import {describe, expect, it} from '@jest/globals'

import {nearestName} from '../../../src/model/nearest-name.js'

describe('nearestName', () => {
  it.each([
    ['teerdown', 'teardown'],
    ['sandbox strat', 'sandbox start'],
    ['evrify', 'verify'],
    ['frobnicate', undefined],
  ])('nearest to "%s" is %s', (typed, expected) => {
    expect(nearestName(typed, ['teardown', 'sandbox start', 'verify'])).toBe(expected)
  })
})
