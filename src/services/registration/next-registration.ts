import {shellQuote} from '../../model/redaction.js'
import {usualLabel} from '../../model/share.js'
import {orElse} from '../../engine/or-else.js'
import type {Adapters} from '../adapters.js'
import {readConsumers} from '../removal/find-consumers.js'
import type {Share} from '../share/expose-share.js'

/**
 * The command that registers a share next, with `lookFlags` as they were typed; undefined where a VCH is recorded to have
 * it as a store, since to register it once more would be refused.
 */
export async function nextRegistration(
  adapters: Adapters,
  share: Share,
  {lookFlags, signal}: {readonly lookFlags: readonly string[]; readonly signal: AbortSignal},
): Promise<string | undefined> {
  const seen = await orElse(readConsumers(adapters, share.place, signal), {recorded: []}, {signal})
  if (seen.recorded.length > 0) return undefined
  return shellQuote(['vicnfs', 'register-store', usualLabel(share.name), '--share', share.name, ...lookFlags])
}
