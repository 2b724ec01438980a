import {ERROR_TABLE, type ErrorCode} from '../../model/error-table.js'
import {VicnfsError} from '../../model/vicnfs-error.js'
import type {ChangeEnd} from '../../vic-machine/vic-machine-api.js'
import type {ConsumerVch} from './identify-consumer.js'

/**
 * The error for a change that vic-machine refused before it touched anything.
 * @param withReset the same once more with --reset-progress, for a mark that was left behind
 */
export function refusalError(vch: ConsumerVch, end: ChangeEnd, withReset?: string): VicnfsError {
  const {refusal} = end
  if (refusal !== undefined && refusal.code in ERROR_TABLE) {
    const {code, message, reason, tries} = refusal
    const own = code === 'VN-VICMACHINE-IN-PROGRESS' && withReset !== undefined ? [withReset] : tries
    return new VicnfsError(code as ErrorCode, message, {
      ...(reason === undefined ? {} : {reason}),
      ...(own === undefined ? {} : {tries: own}),
      details: {errorLines: end.errorLines},
    })
  }
  return new VicnfsError('VN-CONFIGURE-REFUSED', `vic-machine refused to change "${vch.name}"; nothing was touched.`, {
    reason: end.errorLines.at(-1) ?? 'vic-machine gave no reason',
    details: {errorLines: end.errorLines},
  })
}
