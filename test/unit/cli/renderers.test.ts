import {describe, expect, it} from '@jest/globals'

import {envelopeText, errorEnvelope, successEnvelope} from '../../../src/cli/envelope.js'
import {errorText} from '../../../src/cli/error-text.js'
import {lookOf} from '../../../src/cli/look.js'
import {table} from '../../../src/cli/table.js'
import {waterfall} from '../../../src/cli/waterfall.js'
import {createTimings} from '../../../src/model/timings.js'
import {VicnfsError} from '../../../src/model/vicnfs-error.js'

const look = lookOf({}, {environment: {LANG: 'C.UTF-8'}, platform: 'linux'})

describe('table', () => {
  it('aligns columns by what is seen, not by colour codes, and ends no line with blanks', () => {
    const rows = [
      ['STORE', 'NFS', 'RTT'],
      ['\u001B[32mnfs-a\u001B[39m', 'ready', '0.3 ms'],
      ['b', 'mountd refused', ''],
    ]
    expect(table(rows, {align: ['left', 'left', 'right']})).toEqual([
      'STORE  NFS                RTT',
      '\u001B[32mnfs-a\u001B[39m  ready           0.3 ms',
      'b      mountd refused',
    ])
  })
})

describe('waterfall', () => {
  it('puts each step on one time line and adds the total', () => {
    let nowMs = 1000
    const timings = createTimings(() => nowMs)
    const step = (title: string, durationMs: number): void => {
      timings.onEvent({type: 'step.started', id: title, title})
      nowMs += durationMs
      timings.onEvent({type: 'step.done', id: title, title, outcome: 'changed', durationMs})
    }
    step('pull', 3000)
    step('wait', 1000)
    expect(waterfall(timings.steps(), {...look, width: 70})).toEqual([
      'pull   ███████████████       3.0 s',
      'wait                  █████  1.0 s',
      'total                        4.0 s',
    ])
    expect(waterfall([], look)).toEqual([])
  })
})

describe('errorText', () => {
  it('shows the sentence, why, what is left behind, what to try, and the way out in numbered steps', () => {
    const error = new VicnfsError('VN-VCH-TIMEOUT', 'mountd did not answer', {
      reason: 'It was refused 14 times.',
      tries: ['vicnfs status', 'vicnfs doctor'],
      recovery: ['start the server', 'run it again'],
      details: {undoFailures: [{title: 'remove container x', message: 'refused'}]},
    })
    expect(errorText(error, {look, verbose: false}).split('\n')).toEqual([
      '✘ mountd did not answer (VN-VCH-TIMEOUT)',
      '  why: It was refused 14 times.',
      '  left behind: remove container x: refused',
      '  try: vicnfs status',
      '  try: vicnfs doctor',
      '  the way out:',
      '  1. start the server',
      '  2. run it again',
    ])
  })

  it('shows where it came from under --verbose only', () => {
    const error = new VicnfsError('VN-BUG', 'boom', {cause: new Error('inner')})
    expect(errorText(error, {look, verbose: true})).toMatch(/ {4}at [\s\S]*caused by Error: inner/)
    expect(errorText(error, {look, verbose: false})).not.toContain('    at ')
  })
})

describe('the JSON envelope', () => {
  it('has one form for results and one for errors', () => {
    expect(successEnvelope('status', undefined, ['w'])).toEqual({
      schemaVersion: 1,
      ok: true,
      command: 'status',
      result: null,
      warnings: ['w'],
    })
    const error = new VicnfsError('VN-USAGE', 'no', {tries: ['x'], details: {n: 10n, cause: new Error('inner')}})
    expect(JSON.parse(envelopeText(errorEnvelope('status', error, [])))).toEqual({
      schemaVersion: 1,
      ok: false,
      command: 'status',
      error: {
        code: 'VN-USAGE',
        message: 'no',
        reason: 'A flag is unknown, lacks its value, or contradicts another one.',
        tries: ['x'],
        recovery: [],
        details: {n: '10', cause: 'inner'},
      },
      warnings: [],
    })
  })
})
