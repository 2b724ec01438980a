import {describe, expect, it} from '@jest/globals'
import {EventEmitter} from 'node:events'

import {watchSignals} from '../../../src/cli/signals.js'

function watched() {
  const source = new EventEmitter()
  const exits: number[] = []
  let stops = 0
  const watch = watchSignals({source, exit: (code) => exits.push(code), onStop: () => (stops += 1)})
  return {source, exits, watch, stops: () => stops}
}

describe('watchSignals', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ])('%s aborts with VN-INTERRUPTED and exit code %d', (name, exitCode) => {
    const {source, watch, exits, stops} = watched()
    source.emit(name, name)
    expect(watch.signal.reason).toMatchObject({code: 'VN-INTERRUPTED', exitCode})
    expect(stops()).toBe(1)
    expect(exits).toEqual([])
  })

  it('ends the process at the second signal, whichever it is', () => {
    const {source, exits, stops} = watched()
    source.emit('SIGINT')
    source.emit('SIGTERM')
    expect(exits).toEqual([143])
    expect(stops()).toBe(1)
  })

  it('leaves no listener behind', () => {
    const {source, watch} = watched()
    watch.dispose()
    expect(source.eventNames()).toEqual([])
  })
})
