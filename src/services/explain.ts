import {errorGroups, type CatalogueEntry, type ErrorGroup} from '../model/error-groups.js'
import {nearestName} from '../model/nearest-name.js'
import {VicnfsError} from '../model/vicnfs-error.js'

/** One error, or the whole catalogue. */
export type ExplainResult =
  | {readonly error: CatalogueEntry; readonly groups?: undefined}
  | {readonly groups: readonly ErrorGroup[]; readonly error?: undefined}

const PREFIX = 'VN-'
const SHOWN = 8

/** `half done`, `half-done`, `HALF_DONE` and `VN-HALF-DONE` are one and the same. */
function wordsOf(typed: string): string[] {
  const words = typed.toUpperCase().split(/[^A-Z0-9]+/)
  const [first, ...rest] = words.filter((word) => word !== '')
  return first === undefined || `${first}-` !== PREFIX || rest.length === 0
    ? [...(first ? [first] : []), ...rest]
    : rest
}

function unknown(typed: string, options: {readonly reason: string; readonly tries: readonly string[]}): VicnfsError {
  return new VicnfsError('VN-USAGE', `"${typed}" is not a code of vicnfs.`, options)
}

const explain = (code: string): string => `vicnfs explain ${code}`

/** Codes that hold the typed text, or else all of its words in any order. */
function holding(words: readonly string[], codes: readonly string[]): readonly string[] {
  const text = words.join('-')
  const whole = codes.filter((code) => code.includes(text))
  return whole.length > 0 ? whole : codes.filter((code) => words.every((word) => code.includes(word)))
}

function find(typed: string, entries: readonly CatalogueEntry[]): CatalogueEntry {
  const words = wordsOf(typed)
  const byName = new Map(entries.map((entry) => [entry.code.slice(PREFIX.length), entry]))
  const names = [...byName.keys()]
  const exact = byName.get(words.join('-'))
  if (exact !== undefined) return exact
  const found = words.length === 0 ? [] : holding(words, names)
  const only = found.length === 1 ? byName.get(found[0] ?? '') : undefined
  if (only !== undefined) return only
  const codes = found.map((name) => PREFIX + name)
  if (codes.length > 0) {
    const more = codes.length > SHOWN ? `, and ${codes.length - SHOWN} more` : ''
    const reason = `It may be one of ${codes.length}: ${codes.slice(0, SHOWN).join(', ')}${more}.`
    throw unknown(typed, {reason, tries: codes.slice(0, 2).map(explain)})
  }
  const nearest = nearestName(words.join('-'), names)
  if (nearest === undefined) throw unknown(typed, {reason: 'None is like it.', tries: ['vicnfs explain']})
  throw unknown(typed, {reason: `The nearest one is ${PREFIX}${nearest}.`, tries: [explain(PREFIX + nearest)]})
}

/**
 * Explains an error by its code, or a part of it that is unique; without one, the whole catalogue.
 * @throws VN-USAGE with the nearest codes
 */
export function explainError(typed: string | undefined): ExplainResult {
  const groups = errorGroups()
  if (typed === undefined) return {groups}
  return {
    error: find(
      typed,
      groups.flatMap(({errors}) => errors),
    ),
  }
}
