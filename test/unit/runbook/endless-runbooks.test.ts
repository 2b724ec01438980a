import {describe, expect, it} from '@jest/globals'
import fc from 'fast-check'
import {readFileSync} from 'node:fs'
import {fileURLToPath} from 'node:url'

import {readRunbook} from '../../../src/runbook/read-runbook.js'
import {anyCharacter} from '../../helpers/any-character.js'

const good = readFileSync(new URL('../../fixtures/runbooks/good/everything.yaml', import.meta.url), 'utf8')
const ENVIRONMENT = {STORAGE_DOCKER_HOST: 'unix:///s', MOUNTD_PORT: '32771', WEB_ADMIN: 'admin@web', TOKEN: 'token'}

function messagesOf(text: string): string[] {
  const read = readRunbook(text, {file: fileURLToPath(import.meta.url), folder: '/', environment: ENVIRONMENT})
  return 'runbook' in read ? [] : read.problems.map(({message}) => message)
}

/** Each level stands for ten of the one before. */
function bomb(levels: number, filler: string): string {
  const lines = Array.from({length: levels}, (_value, level) => {
    const inner = level === 0 ? filler : `*a${String(level - 1)}`
    return `a${String(level)}: &a${String(level)} [${Array(10).fill(inner).join(', ')}]`
  })
  return ['version: 1', ...lines].join('\n')
}

describe('a runbook without end', () => {
  const tooMany = 'the runbook has more than 100000 values, those that aliases stand for among them'

  it('is refused when its aliases stand for too much, without writing them out', () => {
    expect(messagesOf(bomb(9, 'lol'))).toEqual([tooMany])
    // 10^300 values could be written out by nobody.
    expect(messagesOf(bomb(300, 'lol'))).toEqual([tooMany])
  })

  it('control: the same with few levels is read, and refused for its keys', () => {
    expect(messagesOf(bomb(3, 'lol'))).toContain('"a2" is not a key that can stand here')
  })

  it('is refused when the aliases stand in maps, or in keys that the format knows', () => {
    const maps = Array.from({length: 30}, (_value, level) =>
      level === 0 ? 'm0: &m0 {vch: a}' : `m${level}: &m${level} {x: *m${level - 1}, y: *m${level - 1}}`,
    )
    expect(messagesOf(['version: 1', ...maps].join('\n'))).toEqual([tooMany])
    const shares = ['version: 1', 'shares:', ...maps.map((line) => `  ${line}`)].join('\n')
    expect(messagesOf(shares)).toEqual([tooMany])
  })

  it('is refused when it is nested without end, or has values without end', () => {
    expect(messagesOf('['.repeat(100_000))).toEqual(['this is not YAML: nesting exceeded maxDepth (40)'])
    expect(messagesOf('a: '.repeat(1000))).toHaveLength(1)
    expect(messagesOf(`[${'1,'.repeat(200_000)}]`)).toEqual([tooMany])
  })

  it('says all of very many mistakes', () => {
    const keys = Array.from({length: 20_000}, (_value, line) => `k${String(line)}: 1`).join('\n')
    expect(messagesOf(`version: 1\nvchs: {}\nshares: {}\n${keys}`)).toHaveLength(20_002)
  })

  it('is answered when it has names, variables or addresses without end', () => {
    const lines = (line: (index: number) => string): string =>
      Array.from({length: 1000}, (_value, index) => `  ${line(index)}`).join('\n')
    const vchs = lines((index) => `abc${String(index)}: {docker: "h${String(index)}:1"}`)
    const shares = lines((index) => `k${String(index)}: {vch: abd${String(index)}, ip: 10.0.0.1}`)
    const messages = messagesOf(`version: 1\nvchs:\n${vchs}\nshares:\n${shares}`)
    expect(messages.filter((message) => message.startsWith('there is no VCH'))).toHaveLength(1000)
    expect(
      messagesOf(`a: "${'${A}'.repeat(50_000)}"`).filter((message) => message.includes('is not set')),
    ).toHaveLength(50_000)
    expect(messagesOf(`a: "\\u0024{A} ${'${A}'.repeat(50_000)}"`)).toContain('the variable A is not set')
  })

  it('with endless words in it has short lines of problems', () => {
    const word = 'x'.repeat(500_000)
    const text = `version: 1\n${word}: 1\nvchs: {a: {docker: "tcp://a:1"}}\nshares: {s: {vch: ${word}}}`
    const messages = messagesOf(text)
    expect(messages).toHaveLength(2)
    expect(Math.max(...messages.map((message) => message.length))).toBeLessThan(200)
  })
})

describe('any text', () => {
  /** A runbook or problems, never another end. */
  function isAnswered(text: string): boolean {
    const read = readRunbook(text, {file: 'x', folder: '/', environment: ENVIRONMENT})
    if ('runbook' in read) return read.runbook.shares.length > 0
    return (
      read.problems.length > 0 &&
      read.problems.every(({line, col, message, fix}) => {
        const within = text.split(/\r\n|\r|\n/)[line - 1]
        return within !== undefined && col >= 1 && col <= within.length + 1 && message !== '' && fix !== ''
      })
    )
  }

  it('control: the good runbook is read', () => {
    expect(messagesOf(good)).toEqual([])
  })

  it('made of random characters is answered by problems at places that there are', () => {
    fc.assert(
      fc.property(fc.string({unit: anyCharacter, maxLength: 200}), (text) => isAnswered(text)),
      {numRuns: 200},
    )
  })

  it('made of the signs of YAML, too', () => {
    const sign = fc.constantFrom(
      ...[
        'a',
        'vch',
        ':',
        ' ',
        '\n',
        '\n  ',
        '- ',
        '{',
        '}',
        '[',
        ']',
        ',',
        '"',
        "'",
        '&a ',
        '*a',
        '|',
        '>',
        '#',
        '? ',
      ],
      ...[
        '!!str ',
        '${',
        '}',
        '${A}',
        '<<',
        '---\n',
        '\t',
        '\r\n',
        '%',
        '@',
        '1',
        'true',
        '~',
        'version: 1\n',
        'shares:',
      ],
    )
    fc.assert(
      fc.property(fc.array(sign, {maxLength: 40}), (signs) => isAnswered(signs.join(''))),
      {numRuns: 600},
    )
  })

  it('that was a good runbook until something in it was changed, too', () => {
    const edit = fc.record({
      at: fc.nat({max: good.length}),
      length: fc.nat({max: 30}),
      text: fc.oneof(
        fc.string({maxLength: 10}),
        fc.constantFrom('\n', ': ', '[', '{', '}', '*vcenter', '${TOKEN}', '${X', '~', '-1', '1e9', 'true', '  ', '\0'),
        fc
          .tuple(fc.nat({max: good.length}), fc.nat({max: 40}))
          .map(([from, length]) => good.slice(from, from + length)),
      ),
    })
    fc.assert(
      fc.property(fc.array(edit, {minLength: 1, maxLength: 4}), (edits) => {
        const text = edits.reduce(
          (all, {at, length, text: put}) => all.slice(0, at) + put + all.slice(at + length),
          good,
        )
        return isAnswered(text)
      }),
      {numRuns: 300},
    )
  })
})
