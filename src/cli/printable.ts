/** What moves the cursor of a terminal, colours it, or turns the direction of its text; a line break and a tab are text. */
const UNPRINTABLE = /(?![\n\t])[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu

/**
 * The same for a terminal: names on shares and VCHs are written by anybody, and must not draw there what vicnfs never said.
 * For people only; --json escapes by itself.
 */
export function printable<T>(value: T): T {
  const walk = (each: unknown): unknown => {
    if (typeof each === 'string') return each.replace(UNPRINTABLE, '\ufffd')
    if (Array.isArray(each)) return each.map(walk)
    if (typeof each !== 'object' || each === null || Object.getPrototypeOf(each) !== Object.prototype) return each
    return Object.fromEntries(Object.entries(each).map(([key, item]) => [key, walk(item)]))
  }
  return walk(value) as T
}
