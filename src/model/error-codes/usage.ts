import type {ErrorSpec} from './spec.js'

/** Mistakes in what was typed or set: nothing was contacted or changed. */
export const USAGE_ERRORS = {
  'VN-USAGE': {
    kind: 'usage',
    summary: 'The command line cannot be used as it stands.',
    cause: 'A flag is unknown, lacks its value, or contradicts another one.',
    remedy: "Look at the command's own --help, which lists its arguments, flags and examples.",
  },
  'VN-CONSENT-MISSING': {
    kind: 'usage',
    summary: 'A change that is for good needs consent, and there is no terminal to ask on.',
    cause: 'Consents are given by flags such as --yes, never by environment variables.',
    remedy:
      'Read what would be done, then run the same command with the flag that the error names, or answer on a terminal.',
  },
  'VN-SETTING-BAD': {
    kind: 'usage',
    summary: 'A setting has a value that cannot be used.',
    cause: 'A number, size, duration, address or name is not of the form that is asked for.',
    remedy:
      'Give the setting in the form that the error names. Flags win over environment variables, so an old variable may be the one to change.',
  },
  'VN-SETTING-MISSING': {
    kind: 'usage',
    summary: 'A setting that this command needs was not given.',
    cause: 'Neither a flag nor its environment variable says it.',
    remedy:
      'Give the flag or the environment variable that the error names. `vicnfs sandbox start` prints a whole set of them to try with.',
  },
} as const satisfies Record<string, ErrorSpec>
