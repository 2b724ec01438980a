import {describe, expect, it} from '@jest/globals'
import fc from 'fast-check'
import {decode, encode, type Codec} from '../../../../src/nfs/wire/codec.js'
import {MOUNT3} from '../../../../src/nfs/wire/mount3.js'
import {attributes, setAttributes, wccData} from '../../../../src/nfs/wire/nfs3-attributes.js'
import {NFS3} from '../../../../src/nfs/wire/nfs3.js'
import {PORTMAP2} from '../../../../src/nfs/wire/portmap2.js'
import {XdrError} from '../../../../src/nfs/wire/xdr.js'
import * as any from '../../../helpers/arbitrary-nfs.js'

function roundTrip<T>(codec: Codec<T>, arbitrary: fc.Arbitrary<T>): void {
  fc.assert(
    fc.property(arbitrary, (value) => {
      const data = encode(codec, value)
      expect(data.length % 4).toBe(0)
      expect(decode(codec, data)).toEqual(value)
    }),
    {numRuns: 50},
  )
}

describe('codecs give back what they were given', () => {
  it('attributes', () => {
    roundTrip(attributes, any.attributes)
    roundTrip(setAttributes, any.setAttributes)
    roundTrip(wccData, any.wccData)
  })

  it('portmap', () => {
    roundTrip(PORTMAP2.getport.arguments, any.mapping)
    roundTrip(PORTMAP2.dump.result, fc.array(any.mapping, {maxLength: 5}))
  })

  it('mount', () => {
    const granted = fc.record({handle: any.handle, flavors: fc.array(any.uint32, {maxLength: 4})})
    roundTrip(MOUNT3.mnt.result, any.result(granted, fc.constant({})))
    roundTrip(MOUNT3.umnt.arguments, any.name)
    roundTrip(MOUNT3.export.result, fc.array(fc.record({path: any.name, groups: fc.array(any.name, {maxLength: 3})})))
  })

  it.each(Object.keys(any.procedures) as (keyof typeof any.procedures)[])('NFS %s', (key) => {
    const {args, result} = any.procedures[key]
    roundTrip(NFS3[key].arguments as Codec<unknown>, args)
    roundTrip(NFS3[key].result as Codec<unknown>, result)
  })

  it('cover every procedure but NULL and MKNOD, which carry nothing of their own', () => {
    expect(Object.keys(any.procedures).sort()).toEqual(
      Object.keys(NFS3)
        .filter((key) => key !== 'null' && key !== 'mknod')
        .sort(),
    )
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
        const data = encode(NFS3.readdirplus.result as Codec<unknown>, value)
        const cut = Math.min(data.length - 1, Math.floor(data.length * share))
        expect(() => decode(NFS3.readdirplus.result, data.subarray(0, cut))).toThrow(XdrError)
      }),
      {numRuns: 100},
    )
  })
})
