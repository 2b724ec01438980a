import {shellQuote} from '../model/redaction.js'

/** Settings as lines that a shell can `eval`. */
export function exportLines(environment: Readonly<Record<string, string>>): string {
  return Object.entries(environment)
    .map(([name, value]) => `export ${name}=${shellQuote([value])}`)
    .join('\n')
}
