import type {ErrorSpec} from './spec.js'

/** Trouble with the journal and the locks in the state directory. */
export const JOURNAL_ERRORS = {
  'VN-JOURNAL-LOCKED': {
    kind: 'refused',
    summary: 'Another vicnfs is changing this VCH.',
    cause: 'Only one change at a time is made to a VCH, since two configures at once lose a volume store.',
  },
  'VN-JOURNAL-UNWRITABLE': {
    kind: 'failed',
    summary: 'The journal cannot be written.',
    cause: 'The state directory is full, read-only, or belongs to somebody else.',
  },
  'VN-JOURNAL-UNREADABLE': {
    kind: 'failed',
    summary: 'The journal cannot be read.',
    cause: 'The state directory belongs to somebody else or is damaged.',
  },
  'VN-JOURNAL-SECRET': {
    kind: 'failed',
    summary: 'A journal entry would have contained a secret and was not written.',
    cause: 'A password is part of a name, an address or a command line.',
  },
} as const satisfies Record<string, ErrorSpec>
