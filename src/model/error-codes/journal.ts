import type {ErrorSpec} from './spec.js'

export const JOURNAL_ERRORS = {} as const satisfies Record<string, ErrorSpec>
