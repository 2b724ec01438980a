import type {Work} from '../../engine/work.js'
import {shellQuote} from '../../model/redaction.js'
import type {Adapters} from '../adapters.js'
import {passPreflight} from '../preflight-url.js'
import {preflightFromVch} from '../preflight-from-vch.js'
import {orFromVch} from '../share-check/or-from-vch.js'
import {registerCommand} from './recovery-steps.js'
import type {Registration, RegisterWish} from './register-wish.js'

/** The command that asks for the same with the eyes of the VCH. */
function againFromVch(wish: RegisterWish, {consents, command}: Registration): string {
  const flags = ['--from', 'vch']
  return command === undefined ? registerCommand(wish, {consents, flags}) : shellQuote([...command, ...flags])
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
  const {fromVch} = registration
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
    throw fromVch === undefined ? orFromVch(error, againFromVch(wish, registration)) : error
  }
}
