import type {Work} from '../../engine/work.js'
import {isVicnfsError, VicnfsError} from '../../model/vicnfs-error.js'
import type {Adapters} from '../adapters.js'
import {isOfThisMachine, passPreflight} from '../preflight-url.js'
import {preflightFromVch} from '../preflight-from-vch.js'
import {registerCommand} from './recovery-steps.js'
import type {RegisterConsents, Registration, RegisterWish} from './register-wish.js'

/** What may only seem so from this machine can be asked of the VCH instead. */
function orFromVch(error: unknown, wish: RegisterWish, consents: RegisterConsents): unknown {
  if (!isVicnfsError(error) || !isOfThisMachine(error.code)) return error
  const {code, message, reason, tries, details} = error
  const hint = 'Where this machine has no route, or may not bind a port below 1024, a container of the VCH can look.'
  return new VicnfsError(code, message, {
    reason: `${reason} ${hint}`,
    tries: [...tries.slice(0, 1), registerCommand(wish, {consents, flags: ['--from', 'vch']})],
    details,
    cause: error,
  })
}

/**
 * Nothing is registered that was not mountable just before (S3): from this machine, or by a container of the consumer
 * VCH where this machine cannot reach the share.
 * @throws VN-NFS-… of the rung that failed
 */
export async function passPreflightOf(
  adapters: Adapters,
  wish: RegisterWish,
  options: {readonly work: Work; readonly registration: Registration},
): Promise<void> {
  const {work, registration} = options
  const {fromVch, consents} = registration
  const {place} = wish
  const standpoint = (await adapters.nfs.standpoint?.(place, {signal: work.signal})) ?? 'here'
  if (fromVch !== undefined && standpoint === 'vch') {
    await preflightFromVch(place, adapters, {wish: {...fromVch, readOnly: false}, work})
    return
  }
  try {
    await work.step('preflight', 'Replay the calls of a booting VCH (preflight)', (step) =>
      passPreflight(adapters.nfs, place, {step, rungTimeoutMs: adapters.limits.stepTimeoutMs}),
    )
  } catch (error) {
    throw fromVch === undefined ? orFromVch(error, wish, consents) : error
  }
}
