/** How a step ended: something was changed, everything was as asked for already, or it did not apply. */
export type StepOutcome = 'changed' | 'unchanged' | 'skipped'

/** What running work tells its watcher; times are milliseconds. */
export type WorkEvent =
  | {readonly type: 'step.started'; readonly id: string; readonly title: string}
  | {readonly type: 'step.progress'; readonly id: string; readonly text: string}
  | {
      readonly type: 'step.done'
      readonly id: string
      readonly title: string
      readonly outcome: StepOutcome
      readonly note?: string
      readonly durationMs: number
    }
  | {
      readonly type: 'step.failed'
      readonly id: string
      readonly title: string
      readonly message: string
      readonly durationMs: number
    }
  /** Steps that will run side by side, in any order; some of them may never start. */
  | {readonly type: 'steps.planned'; readonly steps: readonly {readonly id: string; readonly title: string}[]}
  /** None of the planned steps runs any more. */
  | {readonly type: 'steps.over'}
  | {readonly type: 'undo.started'; readonly title: string}
  | {readonly type: 'undo.done'; readonly title: string}
  | {readonly type: 'undo.failed'; readonly title: string; readonly message: string}
  /** From here on nothing is undone (safety rule S4). */
  | {readonly type: 'undo.cut'; readonly reason: string}
  /** `plan` notes are lines of a plan, shown as they are. */
  | {readonly type: 'note'; readonly level: 'info' | 'warning' | 'plan' | 'detail'; readonly text: string}

/** Why nothing is undone while a server container is exchanged: then a request to stop waits for its end. */
export const EXCHANGE_CUT = 'the server at the address of a store is being exchanged'

export type OnEvent = (event: WorkEvent) => void
