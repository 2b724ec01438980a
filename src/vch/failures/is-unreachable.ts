import {isVicnfsError} from '../../model/vicnfs-error.js'

const PASSING: ReadonlySet<string> = new Set(['VN-VCH-UNREACHABLE', 'VN-VCH-TIMEOUT', 'VN-VCH-PORT-LAYER-DOWN'])

/** Whether an error is one that a booting VCH gives, so that asking again later makes sense. */
export function isUnreachable(error: unknown): boolean {
  return isVicnfsError(error) && PASSING.has(error.code)
}
