import type {Writable} from 'node:stream'
import {XdrError, type Pieces} from './xdr.js'

const LAST_FRAGMENT = 0x80000000
/** No peer cuts a record of a few megabytes into more; each costs memory of its own, also an empty one. */
const MAX_FRAGMENTS = 1024
/** A stream that comes byte by byte must not cost an object for each. */
const MAX_CHUNKS = 64

/** Puts one record mark before a message (RFC 5531 § 11): one fragment, the last. */
export function markRecord(message: Pieces): Pieces {
  const header = Buffer.allocUnsafe(4)
  const bytes = message.reduce((sum, piece) => sum + piece.length, 0)
  header.writeUInt32BE((LAST_FRAGMENT | bytes) >>> 0)
  return [header, ...message]
}

/** Sends a message as one record, all its pieces in one write. */
export function sendRecord(stream: Writable, message: Pieces): void {
  stream.cork()
  for (const piece of markRecord(message)) stream.write(piece)
  stream.uncork()
}

function joined(parts: readonly Buffer[]): Buffer {
  const [only] = parts
  return only !== undefined && parts.length === 1 ? only : Buffer.concat(parts)
}

/** Cuts a TCP stream into RPC messages; a record above `maxBytes`, or in very many fragments, is refused before it is buffered. */
export class RecordSplitter {
  /** What has come and is not taken yet; a record is put together once, when all of it is here. */
  private chunks: Buffer[] = []
  private bufferedBytes = 0
  /** Of the fragment that is under way, when its mark was read. */
  private mark: number | undefined
  private fragments: Buffer[] = []
  private recordBytes = 0
  private recordFragments = 0

  constructor(private readonly maxBytes: number) {}

  /** @returns the messages completed by this chunk @throws XdrError on a record that is too long */
  push(chunk: Buffer): Buffer[] {
    this.chunks.push(chunk)
    this.bufferedBytes += chunk.length
    if (this.chunks.length > MAX_CHUNKS) this.chunks = [Buffer.concat(this.chunks)]
    const messages: Buffer[] = []
    for (;;) {
      this.mark ??= this.takeMark()
      if (this.mark === undefined) return messages
      const length = this.mark & ~LAST_FRAGMENT
      if (this.bufferedBytes < length) return messages
      const isLast = (this.mark & LAST_FRAGMENT) !== 0
      this.mark = undefined
      if (length > 0) this.fragments.push(this.take(length))
      if (isLast) messages.push(this.takeRecord())
    }
  }

  /** The next record mark, if it is here. @throws XdrError when what it announces is too long */
  private takeMark(): number | undefined {
    if (this.bufferedBytes < 4) return undefined
    const mark = this.take(4).readUInt32BE()
    this.recordBytes += mark & ~LAST_FRAGMENT
    this.recordFragments += 1
    if (this.recordBytes > this.maxBytes) throw new XdrError(`a record of more than ${this.maxBytes} bytes`)
    if (this.recordFragments > MAX_FRAGMENTS) throw new XdrError(`a record of more than ${MAX_FRAGMENTS} fragments`)
    return mark
  }

  /** So many bytes of those that are here; copied only where they came in several chunks. */
  private take(bytes: number): Buffer {
    this.bufferedBytes -= bytes
    const parts: Buffer[] = []
    for (let missing = bytes; missing > 0;) {
      const [chunk = Buffer.alloc(0)] = this.chunks
      const part = chunk.subarray(0, missing)
      parts.push(part)
      missing -= part.length
      if (part.length === chunk.length) this.chunks.shift()
      else this.chunks[0] = chunk.subarray(part.length)
    }
    return joined(parts)
  }

  private takeRecord(): Buffer {
    const message = joined(this.fragments)
    this.fragments = []
    this.recordBytes = 0
    this.recordFragments = 0
    return message
  }
}
