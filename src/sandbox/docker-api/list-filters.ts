import {VchError} from '../containers/vch-error.js'

/** `filters={"name":{"x":true}}`, or the older `{"name":["x"]}`. @throws VchError 500 on anything else */
export function readFilters(query: URLSearchParams): ReadonlyMap<string, readonly string[]> {
  const text = query.get('filters')
  if (text === null || text === '') return new Map()
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new VchError(500, `invalid filters: ${(error as Error).message}`)
  }
  const entries = Object.entries(value ?? {}) as [string, unknown][]
  return new Map(
    entries.map(([key, given]) => {
      if (Array.isArray(given)) return [key, given.map(String)]
      return [key, Object.entries(given ?? {}).flatMap(([item, on]) => (on === true ? [item] : []))]
    }),
  )
}

/** `key` or `key=value` against a map of labels. */
export function hasLabel(labels: Readonly<Record<string, string>>, wanted: string): boolean {
  const at = wanted.indexOf('=')
  if (at < 0) return Object.hasOwn(labels, wanted)
  const key = wanted.slice(0, at)
  return Object.hasOwn(labels, key) && labels[key] === wanted.slice(at + 1)
}
