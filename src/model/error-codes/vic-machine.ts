import type {ErrorSpec} from './spec.js'

export const VIC_MACHINE_ERRORS = {} as const satisfies Record<string, ErrorSpec>
