import {ERROR_TABLE, type ErrorCode} from '../../model/error-table.js'
import {VicnfsError} from '../../model/vicnfs-error.js'
import type {ChangeEnd} from '../../vic-machine/vic-machine-api.js'
import type {ConsumerVch} from './identify-consumer.js'

type Refusal = NonNullable<ChangeEnd['refusal']>

/** The ways out that need to know the VCH, or what was being done. */
function wayOut(vch: ConsumerVch, {code, reason, tries}: Refusal, again: string | undefined) {
  switch (code) {
    case 'VN-VICMACHINE-IN-PROGRESS':
      return {reason, tries: again === undefined ? tries : [again]}
    case 'VN-VICMACHINE-OPS-USER':
      return {
        reason: 'Every configure logs in as that user once: give the VCH its new password, which vic-machine asks for.',
        tries: [`vic-machine-linux configure --id ${vch.id} --ops-user OPS-USER`],
      }
    case 'VN-VICMACHINE-TIMEOUT-AT-ONCE':
      return {reason, tries: again === undefined ? tries : [`${again} --vic-machine-timeout 30m`]}
    default:
      return {reason, tries}
  }
}

/**
 * The error for a change that vic-machine refused before it touched anything.
 * @param again the same once more with --reset-progress, for a mark that was left behind
 */
export function refusalError(vch: ConsumerVch, end: ChangeEnd, again?: string): VicnfsError {
  const {refusal, errorLines} = end
  if (refusal !== undefined && refusal.code in ERROR_TABLE) {
    const {reason, tries} = wayOut(vch, refusal, again)
    return new VicnfsError(refusal.code as ErrorCode, refusal.message, {
      ...(reason === undefined ? {} : {reason}),
      ...(tries === undefined ? {} : {tries}),
      details: {errorLines},
    })
  }
  return new VicnfsError('VN-CONFIGURE-REFUSED', `vic-machine refused to change "${vch.name}"; nothing was touched.`, {
    reason: errorLines.at(-1) ?? 'vic-machine gave no reason',
    details: {errorLines},
  })
}
