import {shellWord} from './shell-word.js'

/** Settings as lines that a shell can `eval`. */
export function exportLines(environment: Readonly<Record<string, string>>): string {
  return Object.entries(environment)
    .map(([name, value]) => `export ${name}=${shellWord(value)}`)
    .join('\n')
}
