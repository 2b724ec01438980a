import type {ErrorSpec} from './spec.js'

/** Runbooks that cannot be read or used: nothing was contacted or changed. */
export const RUNBOOK_ERRORS = {
  'VN-RUNBOOK-INVALID': {
    kind: 'usage',
    summary: 'A runbook has mistakes in it.',
    cause: 'Each mistake is listed with its line and column and with what to write instead; nothing was contacted.',
    remedy: 'Mend each line that is named; `vicnfs runbook validate` checks without contacting anything.',
  },
  'VN-RUNBOOK-UNREADABLE': {
    kind: 'usage',
    summary: 'A runbook cannot be read.',
    cause: 'The file is not there, may not be read, is larger than 1 MB, or is no UTF-8 text.',
    remedy: 'Give the path of a YAML file of at most 1 MB in UTF-8, or `-` for standard input.',
  },
} as const satisfies Record<string, ErrorSpec>
