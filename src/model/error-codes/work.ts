import type {ErrorSpec} from './spec.js'

/** Trouble in the running of steps, locks and the journal. */
export const WORK_ERRORS = {
  'VN-BUG': {
    kind: 'failed',
    summary: 'vicnfs met something that it does not expect: a mistake of its own.',
    cause: 'Please report it with the output of the command under --verbose.',
  },
  'VN-INTERRUPTED': {
    kind: 'interrupted',
    summary: 'The command was interrupted.',
    cause: 'Ctrl-C, a hang-up or a termination signal reached vicnfs.',
  },
  'VN-STEP-TIMEOUT': {
    kind: 'timeout',
    summary: 'A step did not end within its time limit.',
    cause: 'The other side answered too late or not at all.',
  },
} as const satisfies Record<string, ErrorSpec>
