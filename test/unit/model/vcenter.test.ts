import {describe, expect, it} from '@jest/globals'

import {vcenterOf} from '../../../src/model/vcenter.js'

describe('vcenterOf', () => {
  it.each([
    ['VC.example', 'vc.example'],
    ['vc.example:443', 'vc.example'],
    ['https://root:p@VC.example:443/dc1', 'vc.example'],
    ['[fd00::1]:443', '[fd00::1]'],
    ['fd00::443', 'fd00::443'],
    ['vc.example:8989', 'vc.example:8989'],
    ['vc.example:4430', 'vc.example:4430'],
  ])('%s is %s', (target, host) => {
    expect(vcenterOf(target)).toBe(host)
  })
})
