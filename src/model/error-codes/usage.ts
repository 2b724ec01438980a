import type {ErrorSpec} from './spec.js'

/** Mistakes in what was typed or set: nothing was contacted or changed. */
export const USAGE_ERRORS = {
  'VN-USAGE': {
    kind: 'usage',
    summary: 'The command line cannot be used as it stands.',
    cause: 'A flag is unknown, lacks its value, or contradicts another one.',
  },
  'VN-CONSENT-MISSING': {
    kind: 'usage',
    summary: 'A change that is for good needs consent, and there is no terminal to ask on.',
    cause: 'Consents are given by flags such as --yes, never by environment variables.',
  },
  'VN-SETTING-BAD': {
    kind: 'usage',
    summary: 'A setting has a value that cannot be used.',
    cause: 'A number, size, duration, address or name is not of the form that is asked for.',
  },
  'VN-SETTING-MISSING': {
    kind: 'usage',
    summary: 'A setting that this command needs was not given.',
    cause: 'Neither a flag nor its environment variable says it.',
  },
} as const satisfies Record<string, ErrorSpec>
