import type {ErrorSpec} from './spec.js'

export const VCH_ERRORS = {} as const satisfies Record<string, ErrorSpec>
