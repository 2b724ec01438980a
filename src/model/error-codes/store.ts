import type {ErrorSpec} from './spec.js'

export const STORE_ERRORS = {} as const satisfies Record<string, ErrorSpec>
