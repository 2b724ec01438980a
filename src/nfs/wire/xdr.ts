import {bytesOf, textOf} from './byte-text.js'

/** A message that does not follow its own lengths or exceeds ours. */
export class XdrError extends Error {
  override readonly name = 'XdrError'
}

const padding = (length: number): number => (4 - (length % 4)) % 4

/** A message as what follows on each other; long data in it is where its owner has it, not copied. */
export type Pieces = readonly Buffer[]

/** Data of a file, as opposed to names, handles and headers: a copy costs more than a piece of its own, or a longer life of the message that it came in. */
const LONG_BYTES = 4096
const FIRST_BYTES = 256

/** Writes XDR (RFC 4506): big-endian, everything padded to four bytes. */
export class XdrWriter {
  private readonly pieces: Buffer[] = []
  /** What is short, put together; `used` bytes of it are written. */
  private gathered: Buffer = Buffer.allocUnsafe(FIRST_BYTES)
  private used = 0

  /** @returns where to write so many bytes in `gathered` */
  private room(bytes: number): number {
    const at = this.used
    this.used += bytes
    if (this.used > this.gathered.length) {
      const larger = Buffer.allocUnsafe(Math.max(this.used, 2 * this.gathered.length))
      this.gathered.copy(larger, 0, 0, at)
      this.gathered = larger
    }
    return at
  }

  private endPiece(): void {
    if (this.used > 0) this.pieces.push(this.gathered.subarray(0, this.used))
    this.gathered = this.gathered.subarray(this.used)
    this.used = 0
  }

  uint32(value: number): this {
    const at = this.room(4)
    this.gathered.writeUInt32BE(value >>> 0, at)
    return this
  }

  uint64(value: bigint): this {
    const at = this.room(8)
    this.gathered.writeBigUInt64BE(BigInt.asUintN(64, value), at)
    return this
  }

  bool(value: boolean): this {
    return this.uint32(value ? 1 : 0)
  }

  /** Fixed-length opaque data. */
  fixed(data: Buffer): this {
    this.raw(data)
    const pad = padding(data.length)
    const at = this.room(pad)
    this.gathered.fill(0, at, at + pad)
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

  /** Appends bytes as they are; long ones must not change until the message is sent. */
  raw(data: Buffer): this {
    if (data.length < LONG_BYTES) {
      const at = this.room(data.length)
      data.copy(this.gathered, at)
    } else {
      this.endPiece()
      this.pieces.push(data)
    }
    return this
  }

  /** What was written; nothing can be written any more. */
  toPieces(): Pieces {
    this.endPiece()
    return this.pieces
  }

  toBuffer(): Buffer {
    return Buffer.concat(this.toPieces())
  }
}

/** Reads XDR; every length is checked against what is there and against the caller's bound. @throws XdrError */
export class XdrReader {
  private offset = 0

  constructor(private readonly data: Buffer) {}

  get remaining(): number {
    return this.data.length - this.offset
  }

  /** @returns where so many bytes begin */
  private pass(length: number): number {
    if (length > this.remaining)
      throw new XdrError(`message ends early: ${length} bytes wanted, ${this.remaining} left`)
    const at = this.offset
    this.offset += length
    return at
  }

  private take(length: number): Buffer {
    const at = this.pass(length)
    return this.data.subarray(at, at + length)
  }

  uint32(): number {
    return this.data.readUInt32BE(this.pass(4))
  }

  uint64(): bigint {
    return this.data.readBigUInt64BE(this.pass(8))
  }

  bool(): boolean {
    const value = this.uint32()
    if (value > 1) throw new XdrError(`a boolean has the value ${value}`)
    return value === 1
  }

  /** Bytes of the message itself when they are long; short ones are copied, so that a handle does not keep its message alive. */
  fixed(length: number): Buffer {
    const part = this.take(length)
    this.pass(padding(length))
    return length < LONG_BYTES ? Buffer.from(part) : part
  }

  opaque(maxLength: number): Buffer {
    const length = this.uint32()
    if (length > maxLength) throw new XdrError(`a length of ${length} bytes exceeds the limit of ${maxLength}`)
    return this.fixed(length)
  }

  string(maxLength: number): string {
    return textOf(this.opaque(maxLength))
  }

  /** The rest of the message, not copied. */
  rest(): Buffer {
    return this.take(this.remaining)
  }
}
