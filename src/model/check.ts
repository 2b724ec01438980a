/** How a check of the environment ended; `not-asked`: it could not be looked at, for the reason in its evidence. */
export type CheckState = 'ok' | 'warning' | 'failed' | 'not-asked'

export interface Check {
  /** Stable, such as `vch.power`. */
  readonly id: string
  readonly title: string
  readonly state: CheckState
  /** What was seen, one sentence. */
  readonly evidence: string
  /** What to do by hand, where no command does it. */
  readonly advice?: string
  /** At most two commands that can be typed as they stand. */
  readonly fix?: readonly string[]
  /** Code of the error table, for `vicnfs explain`. */
  readonly code?: string
}

export interface CheckGroup {
  readonly id: string
  readonly title: string
  readonly checks: readonly Check[]
}

export interface CheckCounts {
  readonly ok: number
  readonly warnings: number
  readonly failed: number
  readonly notAsked: number
}

export function countChecks(groups: readonly CheckGroup[]): CheckCounts {
  const states = groups.flatMap(({checks}) => checks.map(({state}) => state))
  const count = (state: CheckState): number => states.filter((each) => each === state).length
  return {ok: count('ok'), warnings: count('warning'), failed: count('failed'), notAsked: count('not-asked')}
}
