import {describe, expect, it} from '@jest/globals'
import type {Flag} from '../../../../src/sandbox/vic-machine/flag.js'
import {EnvironmentError, parseFlags, UsageError} from '../../../../src/sandbox/vic-machine/parse-flags.js'

const FLAGS: readonly Flag[] = [
  {names: ['target', 't'], kind: 'target', usage: '', environment: 'VIC_MACHINE_TARGET'},
  {names: ['password', 'p'], kind: 'text', usage: '', environment: 'VIC_MACHINE_PASSWORD'},
  {names: ['volume-store', 'vs'], kind: 'list', usage: ''},
  {names: ['force', 'f'], kind: 'switch', usage: ''},
  {names: ['timeout'], kind: 'duration', usage: ''},
]
const parse = (words: readonly string[], environment: Record<string, string> = {}) =>
  parseFlags(FLAGS, words, environment)
const valuesOf = (words: readonly string[], environment?: Record<string, string>) =>
  Object.fromEntries(parse(words, environment).values)

describe('parsing as Go does', () => {
  it('takes one or two dashes, the next word or an equals sign, and aliases', () => {
    expect(valuesOf(['-t', 'a', '--timeout=5s', '-f'])).toEqual({target: ['a'], timeout: ['5s'], force: ['true']})
    expect(valuesOf(['--force=false'])).toEqual({force: ['false']})
  })

  it('keeps every value of a list, commas included', () => {
    expect(valuesOf(['--vs', 'a:b', '--volume-store', 'c,d:e'])).toEqual({'volume-store': ['a:b', 'c,d:e']})
  })

  it('ends at the first other word, and at two dashes', () => {
    expect(parse(['-f', 'stray', '--timeout', '5s'])).toMatchObject({rest: ['stray', '--timeout', '5s']})
    expect(parse(['--', '-f']).rest).toEqual(['-f'])
  })

  it('lets a flag win over its variable, and takes an empty password but no empty target', () => {
    expect(valuesOf(['-p', 'x'], {VIC_MACHINE_PASSWORD: 'y'})).toEqual({password: ['x']})
    expect(valuesOf([], {VIC_MACHINE_PASSWORD: '', VIC_MACHINE_TARGET: ''})).toEqual({password: ['']})
  })

  it.each([
    [['--nonesuch'], 'flag provided but not defined: -nonesuch'],
    [['--volume-store'], 'flag needs an argument: -volume-store'],
    [['---x'], 'bad flag syntax: ---x'],
    [['--timeout', '10'], 'invalid value "10" for flag -timeout: time: missing unit in duration 10'],
    [
      ['--target', 'https://[::1'],
      'invalid value "https://[::1" for flag -target: parse https://[::1: missing \']\' in host',
    ],
    [['--force=maybe'], 'invalid boolean value "maybe" for -force: strconv.ParseBool: parsing "maybe": invalid syntax'],
  ])('refuses %j', (words, message) => {
    expect(() => parse(words)).toThrow(new UsageError(message))
  })

  it('tells a bad variable from a bad flag', () => {
    expect(() => parse([], {VIC_MACHINE_TARGET: 'https://[::1'})).toThrow(EnvironmentError)
  })
})
