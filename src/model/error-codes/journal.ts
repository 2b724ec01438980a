import type {ErrorSpec} from './spec.js'

/** Trouble with the journal and the locks in the state directory. */
export const JOURNAL_ERRORS = {
  'VN-JOURNAL-LOCKED': {
    kind: 'refused',
    summary: 'Another vicnfs is changing this VCH.',
    cause: 'Only one change at a time is made to a VCH, since two configures at once lose a volume store.',
    remedy:
      'Let the command that is named come to its end. Remove the lock file only when its process is gone for certain, also on the machine that the error names.',
  },
  'VN-JOURNAL-UNWRITABLE': {
    kind: 'failed',
    summary: 'The journal cannot be written.',
    cause: 'The state directory is full, read-only, or belongs to somebody else.',
    remedy:
      'Make room or set the rights in the state directory, or name another one in VICNFS_STATE_DIR; but keep one journal per VCH, since it knows what can be rolled back.',
  },
  'VN-JOURNAL-UNREADABLE': {
    kind: 'failed',
    summary: 'The journal cannot be read.',
    cause: 'The state directory belongs to somebody else or is damaged.',
    remedy: 'Run vicnfs as the user whose state directory it is, or name another one in VICNFS_STATE_DIR.',
  },
  'VN-JOURNAL-SECRET': {
    kind: 'failed',
    summary: 'A journal entry would have contained a secret and was not written.',
    cause: 'A password is part of a name, an address or a command line.',
    remedy: 'Take the password out of the setting that repeats it; it belongs into VIC_MACHINE_PASSWORD alone.',
  },
} as const satisfies Record<string, ErrorSpec>
