import {bytesOf, textOf} from './byte-text.js'

/** A message that does not follow its own lengths or exceeds ours. */
export class XdrError extends Error {
  override readonly name = 'XdrError'
}

const padding = (length: number): number => (4 - (length % 4)) % 4

/** Writes XDR (RFC 4506): big-endian, everything padded to four bytes. */
export class XdrWriter {
  private readonly parts: Buffer[] = []

  uint32(value: number): this {
    const part = Buffer.allocUnsafe(4)
    part.writeUInt32BE(value >>> 0)
    this.parts.push(part)
    return this
  }

  uint64(value: bigint): this {
    const part = Buffer.allocUnsafe(8)
    part.writeBigUInt64BE(BigInt.asUintN(64, value))
    this.parts.push(part)
    return this
  }

  bool(value: boolean): this {
    return this.uint32(value ? 1 : 0)
  }

  /** Fixed-length opaque data. */
  fixed(data: Buffer): this {
    this.parts.push(data)
    const pad = padding(data.length)
    if (pad > 0) this.parts.push(Buffer.alloc(pad))
    return this
  }

  /** Variable-length opaque data: length, bytes, padding. */
  opaque(data: Buffer): this {
    return this.uint32(data.length).fixed(data)
  }

  /** Text as `textOf` makes it: every sequence of bytes is some text. */
  string(text: string): this {
    return this.opaque(bytesOf(text))
  }

  /** Appends what another writer holds. */
  raw(data: Buffer): this {
    this.parts.push(data)
    return this
  }

  toBuffer(): Buffer {
    return Buffer.concat(this.parts)
  }
}

/** Reads XDR; every length is checked against what is there and against the caller's bound. @throws XdrError */
export class XdrReader {
  private offset = 0

  constructor(private readonly data: Buffer) {}

  get remaining(): number {
    return this.data.length - this.offset
  }

  private take(length: number): Buffer {
    if (length > this.remaining)
      throw new XdrError(`message ends early: ${length} bytes wanted, ${this.remaining} left`)
    const part = this.data.subarray(this.offset, this.offset + length)
    this.offset += length
    return part
  }

  uint32(): number {
    return this.take(4).readUInt32BE()
  }

  uint64(): bigint {
    return this.take(8).readBigUInt64BE()
  }

  bool(): boolean {
    const value = this.uint32()
    if (value > 1) throw new XdrError(`a boolean has the value ${value}`)
    return value === 1
  }

  fixed(length: number): Buffer {
    const part = Buffer.from(this.take(length))
    this.take(padding(length))
    return part
  }

  opaque(maxLength: number): Buffer {
    const length = this.uint32()
    if (length > maxLength) throw new XdrError(`a length of ${length} bytes exceeds the limit of ${maxLength}`)
    return this.fixed(length)
  }

  string(maxLength: number): string {
    return textOf(this.opaque(maxLength))
  }

  /** The rest of the message. */
  rest(): Buffer {
    return Buffer.from(this.take(this.remaining))
  }
}
