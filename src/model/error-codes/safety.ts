import type {ErrorSpec} from './spec.js'

export const SAFETY_ERRORS = {} as const satisfies Record<string, ErrorSpec>
