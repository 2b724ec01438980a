import {describe, expect, it} from '@jest/globals'

import {lookOf} from '../../../src/cli/look.js'

const UTF8 = {LANG: 'C.UTF-8', TERM: 'xterm'}
const TERMINAL = {isTTY: true, columns: 100}

describe('lookOf', () => {
  it('colours and redraws on a UTF-8 terminal', () => {
    const look = lookOf(TERMINAL, {environment: UTF8, platform: 'linux'})
    expect(look).toMatchObject({isTerminal: true, color: true, canRedraw: true, width: 100, marks: {done: '✔'}})
    expect(look.style('green', 'x')).toBe('\u001B[32mx\u001B[39m')
  })

  it('is plain where nobody looks', () => {
    const look = lookOf({}, {environment: UTF8, platform: 'linux'})
    expect(look).toMatchObject({isTerminal: false, color: false, canRedraw: false, width: 80})
    expect(look.style('green', 'x')).toBe('x')
  })

  it.each([
    [{...UTF8, NO_COLOR: '1'}, false],
    [{...UTF8, NO_COLOR: ''}, true],
    [{...UTF8, TERM: 'dumb'}, false],
    [{...UTF8, FORCE_COLOR: '0'}, false],
    [{...UTF8, NO_COLOR: '1', FORCE_COLOR: '1'}, false],
  ])('with %j colours: %s', (environment, color) => {
    expect(lookOf(TERMINAL, {environment, platform: 'linux'}).color).toBe(color)
  })

  it('--no-color wins over FORCE_COLOR, which colours a pipe', () => {
    const environment = {...UTF8, FORCE_COLOR: '1'}
    expect(lookOf({}, {environment}).color).toBe(true)
    expect(lookOf({}, {environment, noColor: true}).color).toBe(false)
  })

  it.each([{LANG: 'C'}, {}, {...UTF8, LC_ALL: 'POSIX'}, {...UTF8, TERM: 'dumb'}])(
    'with %j marks are ASCII',
    (environment) => {
      const {marks, canRedraw} = lookOf(TERMINAL, {environment, platform: 'linux'})
      expect(Object.values(marks).join('')).toMatch(/^[ -~]+$/)
      expect(canRedraw).toBe(false)
    },
  )

  it('takes zero columns for unknown', () => {
    const look = lookOf({isTTY: true, columns: 0}, {environment: UTF8, platform: 'linux'})
    expect(look).toMatchObject({width: 80, canRedraw: false})
  })
})
