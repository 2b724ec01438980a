/** A variable that cannot be replaced, at its place in the text that it stands in. */
export interface VariableTrouble {
  /** Where its `${` stands in the text. */
  readonly index: number
  readonly message: string
  readonly fix: string
  /** Name of the variable, when nothing else is wrong than that it has no value here. */
  readonly unset?: string
}

export interface Expanded {
  readonly text: string
  /** Values that came from the environment; never to be shown. */
  readonly secrets: readonly string[]
  readonly troubles: readonly VariableTrouble[]
}

const VARIABLE = /\$\$\{|\$\{([^}]*)(\}?)/g
const NAME = /^([A-Za-z_]\w*)(?::-([^]*))?$/

/**
 * Replaces `${NAME}` and `${NAME:-default}` by the environment; `$${` is the text `${`, and a lone `$` is itself.
 * An empty variable counts as one that is not set, as everywhere in vicnfs.
 */
export function expandVariables(text: string, environment: Readonly<Record<string, string | undefined>>): Expanded {
  const secrets: string[] = []
  const troubles: VariableTrouble[] = []
  const expanded = text.replace(VARIABLE, (whole, inner: string | undefined, end: string, index: number) => {
    if (inner === undefined) return '${'
    const [, name, fallback] = (end === '}' && !inner.includes('${') && NAME.exec(inner)) || []
    if (name === undefined) {
      troubles.push({
        index,
        message: 'this is not a variable that can be replaced',
        fix: 'Write ${NAME} or ${NAME:-default}, and $${ for these two characters themselves.',
      })
      return whole
    }
    const value = Object.hasOwn(environment, name) ? (environment[name] ?? '') : ''
    if (value !== '') {
      secrets.push(value)
      return value
    }
    if (fallback !== undefined) return fallback
    troubles.push({
      index,
      message: `the variable ${name} ${Object.hasOwn(environment, name) && environment[name] !== undefined ? 'is empty' : 'is not set'}`,
      fix: `Run: export ${name}=…`,
      unset: name,
    })
    return whole
  })
  return {text: expanded, secrets, troubles}
}
