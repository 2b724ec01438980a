import fc from 'fast-check'

const SURROGATES = {first: 0xd800, count: 0x800}

/**
 * Any character of Unicode, as the unit of a string. fast-check's own `binary` lists all of them before the first use,
 * which takes a second.
 */
export const anyCharacter = fc
  .nat({max: 0x10_ff_ff - SURROGATES.count})
  .map((index) => String.fromCodePoint(index < SURROGATES.first ? index : index + SURROGATES.count))
