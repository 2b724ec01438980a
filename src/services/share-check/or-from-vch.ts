import {isVicnfsError, VicnfsError} from '../../model/vicnfs-error.js'
import {isOfThisMachine} from '../preflight-url.js'

const HINT = 'Where this machine has no route, or may not bind a port below 1024, a container of the VCH can look.'

/**
 * What may only seem so from this machine can be asked of the VCH instead: the error with the command that does so;
 * any other error as it is.
 */
export function orFromVch(error: unknown, again: string): unknown {
  if (!isVicnfsError(error)) return error
  const {code, message, reason, tries, recovery, exitCode, details} = error
  const found = code === 'VN-NFS-NOT-READY' ? details['code'] : code
  if (typeof found !== 'string' || !isOfThisMachine(found)) return error
  return new VicnfsError(code, message, {
    reason: `${reason} ${HINT}`,
    tries: [...tries.slice(0, 1), again],
    recovery,
    exitCode,
    details,
    cause: error,
  })
}
