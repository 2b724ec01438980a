import {describe, expect, it} from '@jest/globals'
import fc from 'fast-check'

import {encodeFrame, encodeRecords, frameReader} from '../../../../src/sandbox/vm/channel/frames.js'
import {anyCharacter} from '../../../helpers/any-character.js'

/** As guest/tether.pl reads them: a length of four bytes, then so many bytes. */
function readList(bytes: Buffer): Buffer[] {
  const fields: Buffer[] = []
  for (let at = 0; at < bytes.length;) {
    const end = at + 4 + bytes.readUInt32BE(at)
    fields.push(bytes.subarray(at + 4, end))
    at = end
  }
  return fields
}

describe('frames of the control channel', () => {
  it('are put together again from chunks of any size', () => {
    const frame = fc.record({id: fc.nat(), payload: fc.uint8Array({maxLength: 40})})
    const cuts = fc.array(fc.integer({min: 1, max: 30}), {minLength: 1, maxLength: 8})
    fc.assert(
      fc.property(fc.array(frame, {maxLength: 6}), cuts, (frames, sizes) => {
        const bytes = Buffer.concat(frames.map(({id, payload}) => encodeFrame('O', id, Buffer.from(payload))))
        const read = frameReader()
        const found = []
        for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
          const size = sizes[turn % sizes.length]!
          found.push(...read(bytes.subarray(at, at + size)))
          at += size
        }
        expect(found).toEqual(frames.map(({id, payload}) => ({type: 'O', id, payload: Buffer.from(payload)})))
      }),
    )
  })

  it('carry lists of any strings', () => {
    fc.assert(
      fc.property(fc.array(fc.array(fc.string({unit: anyCharacter}), {maxLength: 4}), {maxLength: 4}), (records) => {
        const read = readList(encodeRecords(records)).map((record) => readList(record).map(String))
        expect(read).toEqual(records)
      }),
    )
  })
})
