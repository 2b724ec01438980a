import {describe, expect, it} from '@jest/globals'

import {errorText} from '../../../src/cli/error-text.js'
import {lookOf} from '../../../src/cli/look.js'
import {printable} from '../../../src/cli/printable.js'
import {VicnfsError} from '../../../src/model/vicnfs-error.js'

/** Clears the screen, writes a line of its own, and turns what follows around. */
const HOSTILE = 'web\u001b[2J\r\u009b31m\u202e'
const SHOWN = 'web\ufffd[2J\ufffd\ufffd31m\ufffd'

describe('text for a terminal', () => {
  it('draws nothing that a name on a share or a VCH asks for, however deep it lies', () => {
    const found = {at: new Date(0), rows: [{name: HOSTILE, count: 2, none: null}], note: `${HOSTILE}\n\tend`}
    expect(printable(found)).toEqual({
      at: found.at,
      rows: [{name: SHOWN, count: 2, none: null}],
      note: `${SHOWN}\n\tend`,
    })
  })

  it('leaves every other sign as it is', () => {
    const text = 'Füße, 文字, עברית, 👩‍👩‍👧, ✔ ↳ │'
    expect(printable(text)).toBe(text)
  })

  it('is broken between words, but for commands, as wide as the terminal is', () => {
    const narrow = lookOf({isTTY: true, columns: 40}, {environment: {}, noColor: true})
    const words = 'one two three four five six seven eight nine ten eleven'
    const command = `vicnfs teardown ${'a'.repeat(40)} --yes`
    const error = new VicnfsError('VN-IN-USE', words, {reason: `${words}\n${words}`, tries: [command]})
    const lines = errorText(error, {look: narrow, verbose: false}).split('\n')
    expect(lines.pop()).toBe(`  try: ${command}`)
    expect(lines.filter((line) => line.length > 40)).toEqual([])
    const told = lines.join(' ').split(/ +/)
    expect(told.slice(1)).toEqual([
      ...words.split(' '),
      '(VN-IN-USE)',
      'why:',
      ...words.split(' '),
      ...words.split(' '),
    ])
    // The control: where nobody looks, each is one line.
    const wide = lookOf({isTTY: false}, {environment: {}, noColor: true})
    expect(errorText(error, {look: wide, verbose: false}).split('\n')).toHaveLength(4)
  })

  it('is what an error is told in', () => {
    const look = lookOf({isTTY: false}, {environment: {}, noColor: true})
    const error = new VicnfsError('VN-OTHER-CONSUMER', `The VCH "${HOSTILE}" uses it.`, {
      reason: HOSTILE,
      tries: [`vicnfs teardown '${HOSTILE}'`],
      recovery: [HOSTILE],
      details: {undoFailures: [{title: HOSTILE, message: HOSTILE}]},
      cause: new Error(HOSTILE),
    })
    const [text, verbose] = [false, true].map((isVerbose) => errorText(error, {look, verbose: isVerbose}))
    expect(text?.split(SHOWN)).toHaveLength(7)
    expect(verbose).toContain(`caused by Error: ${SHOWN}`)
    // eslint-disable-next-line no-control-regex
    expect([text, verbose].join()).not.toMatch(/[\u001b\r\u009b\u202e]/)
  })
})
