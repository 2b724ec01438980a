import type {ErrorSpec} from './spec.js'

/** Trouble in the running of steps, locks and the journal. */
export const WORK_ERRORS = {
  'VN-BUG': {
    kind: 'failed',
    summary: 'vicnfs met something that it does not expect: a mistake of its own.',
    cause: 'Please report it with the output of the command under --verbose.',
    remedy:
      'Run the command again with --verbose and report its output; what was changed on a VCH is in `vicnfs history`.',
  },
  'VN-INTERRUPTED': {
    kind: 'interrupted',
    summary: 'The command was interrupted.',
    cause: 'Ctrl-C, a hang-up or a termination signal reached vicnfs.',
    remedy: 'Run the same command again: what was undone is made anew, what is left is taken up.',
  },
} as const satisfies Record<string, ErrorSpec>
