import {describe, expect, it} from '@jest/globals'
import fc from 'fast-check'
import {bytesOf, hasOddBytes, shownName, textOf} from '../../../../src/nfs/wire/byte-text.js'
import {XdrReader, XdrWriter} from '../../../../src/nfs/wire/xdr.js'

describe('names on the wire', () => {
  it('come back as they were, whatever bytes they are', () => {
    const odd = fc.array(fc.constantFrom(0x61, 0x80, 0xc3, 0xa9, 0xed, 0xa0, 0xb3, 0xf0, 0x9f, 0x98, 0x80, 0xff))
    const bytes = fc.oneof(fc.uint8Array(), odd).map((data) => Buffer.from(data))
    fc.assert(
      fc.property(bytes, (name) => {
        const text = new XdrReader(new XdrWriter().opaque(name).toBuffer()).string(1000)
        expect(new XdrReader(new XdrWriter().string(text).toBuffer()).opaque(1000)).toEqual(name)
      }),
    )
  })

  it('of UTF-8 are their text; others are told from every text', () => {
    fc.assert(
      fc.property(fc.string({unit: 'grapheme'}), (text) => {
        expect(textOf(Buffer.from(text))).toBe(text)
        expect(hasOddBytes(text)).toBe(false)
      }),
    )
    // A surrogate said in three bytes is no UTF-8 (RFC 3629 § 3), nor is an overlong slash.
    for (const odd of [[0xff], [0x61, 0xe9], [0xed, 0xb3, 0xbf], [0xc0, 0xaf], [0xf0, 0x9f, 0x98]]) {
      expect(hasOddBytes(textOf(Buffer.from(odd)))).toBe(true)
      expect(bytesOf(textOf(Buffer.from(odd)))).toEqual(Buffer.from(odd))
    }
  })

  it('are shown on one line, with what is no sign escaped', () => {
    expect(shownName(textOf(Buffer.from([0x61, 0x0a, 0x62, 0x1b, 0xe9, 0x2f])))).toBe('a\\x0ab\\x1b\\xe9/')
    expect(shownName('blå 😀')).toBe('blå 😀')
  })
})
