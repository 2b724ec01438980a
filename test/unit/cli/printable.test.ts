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

  it('is what an error is told in', () => {
    const look = lookOf({isTTY: false} as NodeJS.WriteStream, {environment: {}, noColor: true})
    const error = new VicnfsError('VN-OTHER-CONSUMER', `The VCH "${HOSTILE}" uses it.`, {
      reason: HOSTILE,
      tries: [`vicnfs teardown '${HOSTILE}'`],
      recovery: [HOSTILE],
      details: {undoFailures: [{title: HOSTILE, message: HOSTILE}]},
    })
    const text = errorText(error, {look, verbose: false})
    expect(text.split(SHOWN)).toHaveLength(7)
    // eslint-disable-next-line no-control-regex
    expect(text).not.toMatch(/[\u001b\r\u009b\u202e]/)
  })
})
