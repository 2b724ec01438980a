import type {ErrorSpec} from './spec.js'

export const SANDBOX_ERRORS = {} as const satisfies Record<string, ErrorSpec>
