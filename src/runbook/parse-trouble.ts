import type {YAMLException} from 'js-yaml'

import type {Finding} from './problem.js'

const ADVICE: readonly (readonly [RegExp, string])[] = [
  [/tab/, 'Indent with blanks.'],
  [/deficient/, 'A bracket or quote that was opened above is not closed, or this line needs more blanks before it.'],
  [/mapping entry/, 'The keys of a block begin in one column; a text with a colon and a blank in it needs quotes.'],
  [/null byte|non-printable/, 'Remove the character, or write it as an escape in double quotes.'],
  [/depth|nest/i, 'Nothing in a runbook is nested that deep.'],
]

/** What js-yaml says about a text that is no YAML; its excerpt of the file is left out, since it could show a secret. */
export function parseTrouble(error: YAMLException, text: string): Finding {
  const offset = Math.min(error.mark?.position ?? 0, text.length)
  const advice = ADVICE.find(([pattern]) => pattern.test(error.reason))?.[1]
  return {
    offset,
    path: [],
    message: `this is not YAML: ${error.reason}`,
    fix: advice ?? (variableInBraces(text, offset) ? QUOTE_VARIABLE : 'Look at the indentation and the quotes here.'),
  }
}

const QUOTE_VARIABLE = 'Within { } and [ ] a variable needs quotes: "${NAME}".'

/** `{path: ${X}}`: to YAML the inner brace opens another map. */
function variableInBraces(text: string, offset: number): boolean {
  const lineStart = text.lastIndexOf('\n', offset - 1) + 1
  return /[{[](?:.*[^"'$])?\$\{/.test(text.slice(lineStart, offset + 2))
}
