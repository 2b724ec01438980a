import {describe, expect, it} from '@jest/globals'
import {leadsOut} from '../../../../src/sandbox/containers/escaping-links.js'

describe('a symbolic link of a volume', () => {
  it.each([
    ['l', '/etc', true],
    ['l', '..', true],
    ['l', 'a', false],
    ['l', './a/b', false],
    ['a/l', '..', false],
    ['a/l', '../b', false],
    ['a/l', '../../b', true],
    // `d/up` may be a link itself, and `..` starts from where that leads.
    ['l', 'd/up/../x', true],
    ['a/b/l', '../../c', false],
  ])('%s -> %s leads out: %s', (place, target, out) => {
    expect(leadsOut(place, target)).toBe(out)
  })
})
