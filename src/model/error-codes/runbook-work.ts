import type {ErrorSpec} from './spec.js'

/** What may stop the planning and the doing of a runbook. */
export const RUNBOOK_WORK_ERRORS = {
  'VN-RUNBOOK-REFUSED': {
    kind: 'refused',
    summary: 'The runbook asks for something that cannot be done, so nothing was done.',
    cause: 'Each refusal has a code and a reason of its own; all of them are listed.',
    remedy: 'Mend what each refusal names, in the runbook or on the VCH, and run the same command again.',
  },
  'VN-RUNBOOK-FAILED': {
    kind: 'failed',
    summary: 'Not everything that the runbook asks for was done.',
    cause:
      'Each share and each VCH that failed has an error of its own; what was done is done, and is skipped next time.',
    remedy: 'Mend what failed and run the same command again: what is done is found out and skipped.',
  },
  'VN-RUNBOOK-STEP-FAILED': {
    kind: 'failed',
    summary: "A step of the operator's own failed.",
    cause: 'Its command ended with another exit code than 0, was ended by a signal, or could not be started.',
    remedy: 'Look at what the step said on stderr, mend it, and run the same command again.',
  },
  'VN-RUNBOOK-STEP-TIMEOUT': {
    kind: 'failed',
    summary: "A step of the operator's own did not end in time, and was ended.",
    cause: 'Its command takes longer than its time limit, or waits for something that does not come.',
    remedy:
      'Give the step a longer `timeout` in the runbook, or mend what it waits for, and run the same command again.',
  },
  'VN-PLAN-STALE': {
    kind: 'refused',
    summary: 'The saved plan no longer fits what is there.',
    cause: 'The runbook, a VCH or a share was changed after the plan was made.',
    remedy: 'Make a new plan with `vicnfs runbook plan -o`, look at it, and apply that one.',
  },
  'VN-PLAN-FILE': {
    kind: 'usage',
    summary: 'The file is no saved plan that can be applied.',
    cause: 'It was not written by `vicnfs runbook plan -o`, or by another release, or was edited.',
    remedy: 'Make the plan again with `vicnfs runbook plan -o`, with this release.',
  },
} as const satisfies Record<string, ErrorSpec>
