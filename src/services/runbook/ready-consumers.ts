import type {Work} from '../../engine/work.js'
import {isVicnfsError, VicnfsError} from '../../model/vicnfs-error.js'
import type {Adapters} from '../adapters.js'
import {identifyConsumer, type ConsumerVch} from '../registration/identify-consumer.js'
import {openChanges, settleEarlierChanges, type SettleConsents} from '../registration/settle.js'
import {quietWork} from './survey/quiet-work.js'
import type {RunbookAdapters} from './runbook-adapters.js'
import type {Scope} from './scope.js'

/** Each consumer VCH as it was found, or why it cannot be worked on. */
export type Consumers = ReadonlyMap<string, ConsumerVch | VicnfsError>

/** Runs `body` for each key side by side; an error of ours becomes the answer for that key alone. */
export async function eachConsumer<T>(
  keys: readonly string[],
  body: (key: string) => Promise<T>,
): Promise<Map<string, T | VicnfsError>> {
  const answers = await Promise.all(
    keys.map(async (key): Promise<[string, T | VicnfsError]> => {
      try {
        return [key, await body(key)]
      } catch (error) {
        if (!isVicnfsError(error) || error.kind === 'interrupted') throw error
        return [key, error]
      }
    }),
  )
  return new Map(answers)
}

/** The adapters of a consumer VCH beside the server VCH that most of what is said of it is about. */
export function adaptersOf(adapters: RunbookAdapters, scope: Scope, key: string): Adapters {
  const [first] = scope.consumers.find((each) => each.key === key)?.stores ?? []
  return adapters.pair(first?.share.vch ?? key, key)
}

/** Proves of each consumer VCH that its Docker API and vic-machine mean the same one (S10). */
export async function identifyConsumers(
  adapters: RunbookAdapters,
  scope: Scope,
  work: Work,
): Promise<Map<string, ConsumerVch | VicnfsError>> {
  const keys = scope.consumers.map(({key}) => key)
  return eachConsumer(keys, (key) =>
    work.step(`${key}/identify`, `${key}: Prove that Docker API and vic-machine mean the same VCH`, async (step) => {
      const vch = await identifyConsumer(adaptersOf(adapters, scope, key), {work: quietWork(work)})
      step.unchanged(`${vch.name}, VIC ${vch.version}, ${vch.id}`)
      return vch
    }),
  )
}

/** A VCH that is down is only looked at: the apply settles what an earlier run has begun. */
export async function onlyUp(
  adapters: RunbookAdapters,
  consumers: Consumers,
  work: Work,
): Promise<Map<string, ConsumerVch | VicnfsError>> {
  const result = new Map<string, ConsumerVch | VicnfsError>()
  for (const [key, vch] of consumers) {
    if (isVicnfsError(vch)) {
      result.set(key, vch)
      continue
    }
    const open = await openChanges(adapters.one(key).journal, vch.keys)
    if (open.length > 0) {
      const actions = open.map((entry) => entry.action).join(', ')
      work.note(
        'warning',
        `${key}: an earlier run began a change that is not settled (${actions}): apply does that first.`,
      )
    }
    result.set(key, vch.presence === 'up' ? vch : down(vch, open.length > 0))
  }
  return result
}

function down(vch: ConsumerVch, open: boolean): VicnfsError {
  return new VicnfsError('VN-VCH-DOWN', `The VCH "${vch.name}" does not answer at ${vch.endpoint}.`, {
    reason: open
      ? 'A change that an earlier run began is not settled: apply waits for it, and then goes on.'
      : 'A plan only looks, and nobody can tell which of its stores are online.',
  })
}

/** Settles what earlier runs have begun on each VCH (S5), side by side; the caller holds all locks. */
export async function settleConsumers(
  adapters: RunbookAdapters,
  consumers: Consumers,
  options: {readonly scope: Scope; readonly work: Work; readonly consents: SettleConsents},
): Promise<Map<string, ConsumerVch | VicnfsError>> {
  const {scope, work, consents} = options
  return eachConsumer([...consumers.keys()], async (key) => {
    const vch = consumers.get(key)
    if (vch === undefined || isVicnfsError(vch)) throw vch ?? new TypeError(`unknown VCH ${key}`)
    const own = adaptersOf(adapters, scope, key)
    const open = await openChanges(own.journal, vch.keys)
    await settleEarlierChanges(own, vch, {work, consents})
    // What was seen while it was down is no proof of identity for a change (S10), and a change has changed what was read.
    const isAsSeen = vch.presence === 'up' && open.length === 0 && !consents.resetProgress
    return isAsSeen ? vch : identifyConsumer(own, {work: quietWork(work)})
  })
}
