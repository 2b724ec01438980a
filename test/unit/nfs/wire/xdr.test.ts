import {describe, expect, it, jest} from '@jest/globals'
import fc from 'fast-check'
import {markRecord, RecordSplitter} from '../../../../src/nfs/wire/record-mark.js'
import {decodeCall, decodeReply, encodeCall, encodeReply} from '../../../../src/nfs/wire/rpc-message.js'
import {XdrError, XdrReader, XdrWriter} from '../../../../src/nfs/wire/xdr.js'
import * as any from '../../../helpers/arbitrary-nfs.js'

const bytes = fc.uint8Array({maxLength: 300}).map((data) => Buffer.from(data))

describe('XDR', () => {
  it('reads what was written, in order and padded', () => {
    fc.assert(
      fc.property(any.uint32, any.uint64, fc.boolean(), bytes, any.name, (word, long, flag, data, text) => {
        const writer = new XdrWriter().uint32(word).uint64(long).bool(flag).opaque(data).fixed(data).string(text)
        const written = writer.raw(Buffer.from('rest')).toBuffer()
        const reader = new XdrReader(written)
        expect(written.length % 4).toBe(0)
        expect([reader.uint32(), reader.uint64(), reader.bool()]).toEqual([word, long, flag])
        expect(reader.opaque(300)).toEqual(data)
        expect(reader.fixed(data.length)).toEqual(data)
        expect(reader.string(1000)).toBe(text)
        expect(reader.rest().toString()).toBe('rest')
        expect(reader.remaining).toBe(0)
      }),
    )
  })

  it('leaves long data where it is, and copies what is short', () => {
    const long = Buffer.alloc(5001, 7)
    const short = Buffer.alloc(64, 8)
    const pieces = new XdrWriter().uint32(1).opaque(long).opaque(short).toPieces()
    expect(pieces[1]).toBe(long)
    expect(pieces).toHaveLength(3)
    const message = Buffer.concat(pieces)
    const reader = new XdrReader(message)
    reader.uint32()
    const [readLong, readShort] = [reader.opaque(5001), reader.opaque(64)]
    expect([readLong, readShort]).toEqual([long, short])
    message.fill(0)
    expect(readLong).toEqual(Buffer.alloc(5001))
    expect(readShort).toEqual(short)
  })

  it('refuses a length above the bound or beyond the message, before it reads', () => {
    const claims = (length: number) => new XdrReader(new XdrWriter().uint32(length).toBuffer())
    expect(() => claims(65).opaque(64)).toThrow(XdrError)
    expect(() => claims(0xffffffff).opaque(0xffffffff)).toThrow(XdrError)
    expect(() => claims(2).bool()).toThrow('a boolean has the value 2')
    expect(() => new XdrReader(Buffer.alloc(7)).uint64()).toThrow(XdrError)
  })
})

describe('record marking', () => {
  const marked = (message: Buffer): Buffer => Buffer.concat(markRecord([message]))

  it.each([0, 1])('refuses a record in very many fragments of %d bytes', (length) => {
    const fragment = Buffer.alloc(4 + length)
    fragment.writeUInt32BE(length)
    const splitter = new RecordSplitter(1_000_000)
    expect(() => splitter.push(Buffer.concat(Array.from({length: 2000}, () => fragment)))).toThrow('fragments')
    const last = marked(Buffer.alloc(length))
    const few = Buffer.concat([...Array.from({length: 1000}, () => fragment), last])
    expect(new RecordSplitter(1_000_000).push(few)).toEqual([Buffer.alloc(1001 * length)])
  })

  const cut = (data: Buffer, sizes: readonly number[]): Buffer[] => {
    const chunks: Buffer[] = []
    let offset = 0
    for (const size of sizes) {
      chunks.push(data.subarray(offset, offset + size))
      offset += size
    }
    return [...chunks, data.subarray(offset)]
  }

  it('gives back the messages however the stream was cut', () => {
    fc.assert(
      fc.property(fc.array(bytes, {maxLength: 5}), fc.array(fc.nat(40)), (messages, sizes) => {
        const splitter = new RecordSplitter(300)
        const stream = Buffer.concat(messages.map(marked))
        expect(cut(stream, sizes).flatMap((chunk) => splitter.push(chunk))).toEqual(messages)
      }),
    )
  })

  it('hands on what came in one chunk without copying it, and puts other messages together once', () => {
    const splitter = new RecordSplitter(100_000)
    const chunk = marked(Buffer.alloc(9000, 1))
    expect(splitter.push(chunk)[0]?.buffer).toBe(chunk.buffer)
    const concat = jest.spyOn(Buffer, 'concat')
    try {
      const pieces = cut(marked(Buffer.alloc(90_000, 2)), Array<number>(40).fill(2000))
      const before = concat.mock.calls.length
      const messages = pieces.flatMap((piece) => splitter.push(piece))
      expect(messages).toEqual([Buffer.alloc(90_000, 2)])
      expect(concat.mock.calls.length - before).toBe(1)
    } finally {
      concat.mockRestore()
    }
  })

  it('joins fragments, empty ones too', () => {
    fc.assert(
      fc.property(fc.array(bytes, {minLength: 1, maxLength: 5}), (fragments) => {
        const stream = fragments.map((fragment, index) => {
          const record = marked(fragment)
          if (index < fragments.length - 1) record.writeUInt32BE(fragment.length)
          return record
        })
        expect(new RecordSplitter(1500).push(Buffer.concat(stream))).toEqual([Buffer.concat(fragments)])
      }),
    )
  })

  it('refuses a record above its bound by the header alone, fragments added up', () => {
    const header = (word: number) => new XdrWriter().uint32(word).toBuffer()
    expect(() => new RecordSplitter(100).push(header(0x80000000 + 101))).toThrow(XdrError)
    const splitter = new RecordSplitter(100)
    splitter.push(Buffer.concat([header(60), Buffer.alloc(60)]))
    expect(() => splitter.push(header(0x80000000 + 41))).toThrow('a record of more than 100 bytes')
  })
})

describe('RPC messages', () => {
  const credential = fc.oneof(
    fc.constant({flavor: 'none' as const}),
    fc.record({
      flavor: fc.constant('sys' as const),
      machine: fc.string({maxLength: 60}),
      uid: any.uint32,
      gid: any.uint32,
      gids: fc.array(any.uint32, {maxLength: 16}),
    }),
  )
  const head = {xid: any.uint32, program: any.uint32, version: any.uint32, procedure: any.uint32}
  const versions = {xid: any.uint32, low: any.uint32, high: any.uint32}

  it('calls come through', () => {
    fc.assert(
      fc.property(fc.record({...head, credential, body: bytes}), (call) => {
        expect(decodeCall(Buffer.concat(encodeCall({...call, body: [call.body]})))).toEqual(call)
      }),
    )
  })

  it('replies come through', () => {
    const reply = fc.oneof(
      fc.record({xid: any.uint32, status: fc.constant('success' as const), body: bytes}),
      fc.record({...versions, status: fc.constantFrom('prog-mismatch' as const, 'rpc-mismatch' as const)}),
      fc.record({
        xid: any.uint32,
        status: fc.constantFrom('prog-unavail', 'proc-unavail', 'garbage-args', 'system-err'),
      }),
      fc.record({xid: any.uint32, status: fc.constant('auth-error' as const), authStatus: any.uint32}),
    )
    fc.assert(
      fc.property(reply, (value) => {
        const sent = value.status === 'success' ? {...value, body: [value.body]} : value
        expect(decodeReply(Buffer.concat(encodeReply(sent)))).toEqual(value)
      }),
    )
  })

  it('garbage is an XdrError or a message, nothing else', () => {
    fc.assert(
      fc.property(bytes, fc.constantFrom(decodeCall, decodeReply), (data, read) => {
        try {
          read(data)
        } catch (error) {
          expect(error).toBeInstanceOf(XdrError)
        }
      }),
    )
  })
})
