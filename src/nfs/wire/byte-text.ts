import {isUtf8} from 'node:buffer'

/**
 * Names on the wire are bytes (RFC 1813 § 2.4), here they are text. A byte that is no UTF-8 becomes the lone surrogate
 * U+DC00 + byte, which no UTF-8 can say (Python's "surrogateescape"), so that every name comes back as it was.
 */
const ESCAPE = 0xdc_00
const ESCAPED = /[\u{DC80}-\u{DCFF}]/u

/** Length of the UTF-8 sequence that begins here; 0 where none does. */
function sequenceLength(bytes: Buffer, at: number): number {
  const first = bytes[at] ?? 0
  const length = first < 0x80 ? 1 : first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2
  const isWhole = at + length <= bytes.length && isUtf8(bytes.subarray(at, at + length))
  return isWhole ? length : 0
}

/** The text of a name; see `bytesOf` for the way back. */
export function textOf(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString('utf8')
  let text = ''
  for (let at = 0; at < bytes.length;) {
    const length = sequenceLength(bytes, at)
    text += length === 0 ? String.fromCharCode(ESCAPE + (bytes[at] ?? 0)) : bytes.toString('utf8', at, at + length)
    at += Math.max(1, length)
  }
  return text
}

/** The bytes of a name. */
export function bytesOf(text: string): Buffer {
  if (!hasOddBytes(text)) return Buffer.from(text, 'utf8')
  const parts = Array.from(text, (sign) => {
    const code = sign.codePointAt(0) ?? 0
    return ESCAPED.test(sign) ? Buffer.of(code - ESCAPE) : Buffer.from(sign, 'utf8')
  })
  return Buffer.concat(parts)
}

/** Whether a name is no UTF-8. */
export function hasOddBytes(text: string): boolean {
  return ESCAPED.test(text)
}

/** A name or path as it may be shown: on one line, with odd bytes and control characters as `\xff`. */
export function shownName(text: string): string {
  return text.replaceAll(/[\p{Cc}\u{DC80}-\u{DCFF}]/gu, (sign) => {
    const code = (sign.codePointAt(0) ?? 0) & 0xff
    return `\\x${code.toString(16).padStart(2, '0')}`
  })
}
