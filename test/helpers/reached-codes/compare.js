/**
 * Compares the codes of the error table with those that tests have reached.
 * @param {{table: readonly string[], reached: ReadonlySet<string>, elsewhere: Readonly<Record<string, string>>}} seen
 *   `elsewhere`: codes that only a test outside `npm test` reaches, each with its file
 * @param {'all' | 'elsewhere'} suite which of them this run had to reach
 * @returns one sentence for each thing that is wrong
 */
export function compareCodes({table, reached, elsewhere}, suite) {
  const isElsewhere = (code) => Object.hasOwn(elsewhere, code)
  const wanted = suite === 'all' ? table.filter((code) => !isElsewhere(code)) : table.filter(isElsewhere)
  const missing = wanted.filter((code) => !reached.has(code))
  const needless = suite === 'all' ? table.filter((code) => isElsewhere(code) && reached.has(code)) : []
  const unknown = Object.keys(elsewhere).filter((code) => !table.includes(code))
  return [
    ...missing.map((code) =>
      suite === 'all'
        ? `${code}: no test makes vicnfs give this error (src/model/error-codes)`
        : `${code}: ${elsewhere[code]} does not make vicnfs give this error any more`,
    ),
    ...needless.map((code) => `${code}: is reached here, so its line in codes-reached-elsewhere.json can go`),
    ...unknown.map((code) => `${code}: is no code of the table, so its line in codes-reached-elsewhere.json can go`),
  ]
}
