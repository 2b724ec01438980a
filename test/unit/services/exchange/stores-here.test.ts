import {describe, expect, it} from '@jest/globals'

import type {ConsumerRecord, RecordedConsumer} from '../../../../src/model/consumer-record.js'
import {textOf} from '../../../../src/nfs/wire/byte-text.js'
import {refuseOddDirectories} from '../../../../src/services/exchange/stores-here.js'

const of = (folder: string): RecordedConsumer => ({folder, record: {label: 'nfs'} as unknown as ConsumerRecord})

describe('a directory that an empty server has to offer', () => {
  it.each([
    ['a colon', 'a:b'],
    ['a quote', 'a"b'],
    ['a backslash', 'a\\b'],
    ['a line break', 'a\nb'],
    // JSON and environments would make another name of it, and its VCH would not boot.
    ['bytes that are no UTF-8', textOf(Buffer.from('caf\xe9', 'latin1'))],
  ])('is refused with %s in its name', (_what, folder) => {
    expect(() => refuseOddDirectories([of(''), of('web'), of(folder)], 'data')).toThrow(/"data" has a store in the/)
  })

  it('may have every other name', () => {
    expect(() => refuseOddDirectories([of(''), of('web 1'), of('café'), of('🗄')], 'data')).not.toThrow()
  })
})
