/** How a flag takes its value. */
export type FlagKind = 'text' | 'list' | 'switch' | 'duration' | 'number' | 'target'

export interface Flag {
  /** Long name first, then aliases. */
  readonly names: readonly [string, ...string[]]
  readonly kind: FlagKind
  /** In vic-machine's own words: help is part of what the stand-in repeats. */
  readonly usage: string
  /** What the help of earlier releases said: up to that release, not included. */
  readonly usageBefore?: readonly [release: string, usage: string]
  /** What the help shows as default. */
  readonly shownDefault?: string
  readonly environment?: string
  /** Shown by the extended help only. */
  readonly hidden?: boolean
  /** First release that knows it; all releases that have configure when left out. */
  readonly since?: string
}

/** Go's nil, as the help shows it for a flag without default. */
export const NIL = '<nil>'

export function flag(names: Flag['names'], kind: FlagKind, usage: string, more: Partial<Flag> = {}): Flag {
  return {names, kind, usage, ...more}
}
