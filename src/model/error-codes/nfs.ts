import type {ErrorSpec} from './spec.js'

export const NFS_ERRORS = {} as const satisfies Record<string, ErrorSpec>
