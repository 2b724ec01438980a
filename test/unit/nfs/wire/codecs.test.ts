import {describe, expect, it} from '@jest/globals'
import fc from 'fast-check'
import {decode, encode, type Codec} from '../../../../src/nfs/wire/codec.js'
import {MOUNT3} from '../../../../src/nfs/wire/mount3.js'
import {attributes, setAttributes, wccData} from '../../../../src/nfs/wire/nfs3-attributes.js'
import {NFS3} from '../../../../src/nfs/wire/nfs3.js'
import {PORTMAP2} from '../../../../src/nfs/wire/portmap2.js'
import {XdrError} from '../../../../src/nfs/wire/xdr.js'
import * as any from '../../../helpers/arbitrary-nfs.js'

/** What does not come back as it was given, in words; null when everything does. */
function lost<T>(codec: Codec<T>, arbitrary: fc.Arbitrary<T>): string | null {
  const comesBack = fc.property(arbitrary, (value) => {
    const data = Buffer.concat(encode(codec, value))
    expect(data.length % 4).toBe(0)
    expect(decode(codec, data)).toEqual(value)
  })
  return fc.defaultReportMessage(fc.check(comesBack, {numRuns: 50})) ?? null
}

describe('codecs give back what they were given', () => {
  it('and a codec that loses something is caught', () => {
    const lossy: Codec<number> = {
      write: (writer, value) => void writer.uint32(value >>> 1),
      read: (reader) => reader.uint32() * 2,
    }
    expect(lost(lossy, any.uint32)).not.toBeNull()
  })

  it('attributes', () => {
    expect(lost(attributes, any.attributes)).toBeNull()
    expect(lost(setAttributes, any.setAttributes)).toBeNull()
    expect(lost(wccData, any.wccData)).toBeNull()
  })

  it('portmap', () => {
    expect(lost(PORTMAP2.getport.arguments, any.mapping)).toBeNull()
    expect(lost(PORTMAP2.dump.result, fc.array(any.mapping, {maxLength: 5}))).toBeNull()
  })

  it('mount', () => {
    const granted = fc.record({handle: any.handle, flavors: fc.array(any.uint32, {maxLength: 4})})
    expect(lost(MOUNT3.mnt.result, any.result(granted, fc.constant({})))).toBeNull()
    expect(lost(MOUNT3.umnt.arguments, any.name)).toBeNull()
    expect(
      lost(MOUNT3.export.result, fc.array(fc.record({path: any.name, groups: fc.array(any.name, {maxLength: 3})}))),
    ).toBeNull()
  })

  it.each(Object.keys(any.procedures) as (keyof typeof any.procedures)[])('NFS %s', (key) => {
    const {args, result} = any.procedures[key]
    expect(lost(NFS3[key].arguments as Codec<unknown>, args)).toBeNull()
    expect(lost(NFS3[key].result as Codec<unknown>, result)).toBeNull()
  })

  it('cover every procedure but NULL, which carries nothing', () => {
    expect([...Object.keys(any.procedures), 'null'].sort()).toEqual(Object.keys(NFS3).sort())
  })
})

describe('codecs on garbage', () => {
  const codecs = [...Object.values(NFS3), ...Object.values(MOUNT3), ...Object.values(PORTMAP2)].flatMap(
    (procedure) => [procedure.arguments, procedure.result] as Codec<unknown>[],
  )

  it('decode it or throw an XdrError, nothing else', () => {
    fc.assert(
      fc.property(fc.uint8Array({maxLength: 400}), fc.constantFrom(...codecs), (bytes, codec) => {
        try {
          decode(codec, Buffer.from(bytes))
        } catch (error) {
          expect(error).toBeInstanceOf(XdrError)
        }
      }),
      {numRuns: 1000},
    )
  })

  it('refuse every truncation of a true reply', () => {
    fc.assert(
      fc.property(any.procedures.readdirplus.result, fc.double({min: 0, max: 1, noNaN: true}), (value, share) => {
        const data = Buffer.concat(encode(NFS3.readdirplus.result as Codec<unknown>, value))
        const cut = Math.min(data.length - 1, Math.floor(data.length * share))
        expect(() => decode(NFS3.readdirplus.result, data.subarray(0, cut))).toThrow(XdrError)
      }),
      {numRuns: 100},
    )
  })
})
