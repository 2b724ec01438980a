import {XdrError} from './xdr.js'

const LAST_FRAGMENT = 0x80000000
/** No peer cuts a record of a few megabytes into more; each costs memory of its own, also an empty one. */
const MAX_FRAGMENTS = 1024

/** Puts one record mark before a message (RFC 5531 § 11): one fragment, the last. */
export function markRecord(message: Buffer): Buffer {
  const header = Buffer.allocUnsafe(4)
  header.writeUInt32BE((LAST_FRAGMENT | message.length) >>> 0)
  return Buffer.concat([header, message])
}

/** Cuts a TCP stream into RPC messages; a record above `maxBytes`, or in very many fragments, is refused before it is buffered. */
export class RecordSplitter {
  private buffered: Buffer = Buffer.alloc(0)
  private fragments: Buffer[] = []
  private recordBytes = 0
  private recordFragments = 0

  constructor(private readonly maxBytes: number) {}

  /** @returns the messages completed by this chunk @throws XdrError on a record that is too long */
  push(chunk: Buffer): Buffer[] {
    this.buffered = this.buffered.length === 0 ? chunk : Buffer.concat([this.buffered, chunk])
    const messages: Buffer[] = []
    while (this.buffered.length >= 4) {
      const header = this.buffered.readUInt32BE()
      const length = header & ~LAST_FRAGMENT
      if (this.recordBytes + length > this.maxBytes) throw new XdrError(`a record of more than ${this.maxBytes} bytes`)
      if (this.recordFragments === MAX_FRAGMENTS) throw new XdrError(`a record of more than ${MAX_FRAGMENTS} fragments`)
      if (this.buffered.length < 4 + length) break
      if (length > 0) this.fragments.push(this.buffered.subarray(4, 4 + length))
      this.recordBytes += length
      this.recordFragments += 1
      this.buffered = this.buffered.subarray(4 + length)
      if ((header & LAST_FRAGMENT) !== 0) messages.push(this.takeRecord())
    }
    return messages
  }

  private takeRecord(): Buffer {
    const message = Buffer.concat(this.fragments)
    this.fragments = []
    this.recordBytes = 0
    this.recordFragments = 0
    return message
  }
}
