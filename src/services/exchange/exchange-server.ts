import {randomUUID} from 'node:crypto'
import type {Work} from '../../engine/work.js'
import {EXCHANGE_CUT} from '../../model/event.js'
import {LABELS} from '../../model/share.js'
import {isVicnfsError, messageOf, VicnfsError} from '../../model/vicnfs-error.js'
import type {VchInfo} from '../../vch/vch-api.js'
import type {Adapters} from '../adapters.js'
import {stopAndRemove} from '../removal/remove-server.js'
import type {ServerContainer} from '../share/find-server.js'
import {endpointKey} from '../vch-lock.js'
import {bringUp, occupy} from './occupy.js'
import {closeExchange, EXCHANGE, exchangeData, occupantIn, restoreCommand, type ExchangePlan} from './plan.js'

function whatFailed(error: unknown): string {
  const texts = [messageOf(error), ...(isVicnfsError(error) ? [error.reason] : [])]
  return texts.map((text) => `${text.replace(/\.$/, '')}.`).join(' ')
}

/** Neither the new server nor the old one serves: all that is known goes to the operator (S5, S9). */
export function addressEmpty(plan: ExchangePlan, error: unknown): VicnfsError {
  const {from} = plan
  const {request, choice} = from
  const share = request.name
  const address = choice.address ?? 'its address'
  return new VicnfsError('VN-ADDRESS-EMPTY', `The server container of "${share}" could not be brought back.`, {
    reason: `${whatFailed(error)} The journal keeps what it was made of; no data was touched.`,
    recovery: [
      `Until it is back do not restart a VCH that has a store at ${address}: it needs a server there to boot.`,
      'Mend what keeps the server container from serving.',
      `Then run: ${restoreCommand(from)}`,
      `If that cannot be: any NFS server that exports ${request.exportFolder} at ${address} lets the VCH boot.`,
    ],
    details: {share, address: choice.address, path: request.exportFolder},
    cause: error,
  })
}

interface Context {
  readonly info: VchInfo
  /** Shielded: nobody stops it half-way. */
  readonly work: Work
}

/** However short the operator's limit for a new server is: the one of before is not given up that soon. */
const PATIENCE_MS = 5 * 60_000

/** A start may meet the end of a late stop, and do nothing: one more is for that. */
const LATE_STARTS = 2
/** What comes of a stop or a removal that a killed run had asked for. */
const LATE = new Set(['VN-SHARE-SERVER-ENDED', 'VN-VCH-CONTAINER-MISSING'])

function patient(adapters: Adapters): Adapters {
  const {limits} = adapters
  return {...adapters, limits: {...limits, readyTimeoutMs: Math.max(limits.readyTimeoutMs, PATIENCE_MS)}}
}

/** Puts what stood there before into its place again, whatever stands there now. @throws as `bringUp` does */
export async function bringBack(hurried: Adapters, plan: ExchangePlan, {info, work}: Context): Promise<void> {
  const adapters = patient(hurried)
  const {from: occupant, stores} = plan
  let left: number | undefined
  for (;;) {
    const present = await occupantIn(adapters, plan, work.signal)
    const isNew = present?.container.labels[LABELS.run] === plan.run
    if (present !== undefined && isNew) {
      await work.step('remove-new', 'Remove the new one again', (step) =>
        stopAndRemove(adapters.server, present.container, step),
      )
    }
    if (present === undefined || isNew) {
      await occupy(adapters, {occupant, stores, run: randomUUID()}, {info, work})
      return
    }
    const {container} = present
    // One that was down had been stopped by then.
    left ??= container.state === 'exited' || container.state === 'created' ? 0 : LATE_STARTS
    try {
      await bringUp(adapters, container, {occupant, stores, work})
      return
    } catch (error) {
      if (!isVicnfsError(error) || !LATE.has(error.code) || left === 0) throw error
      left -= 1
    }
  }
}

async function giveBack(
  adapters: Adapters,
  plan: ExchangePlan,
  options: Context & {readonly intent: string; readonly error: unknown},
): Promise<never> {
  const {work, intent, error} = options
  work.note('warning', `The exchange failed, so the server of before is put back: ${messageOf(error)}`)
  try {
    await bringBack(adapters, plan, options)
  } catch (second) {
    throw addressEmpty(plan, new AggregateError([error, second], `${whatFailed(error)} ${whatFailed(second)}`))
  }
  await closeExchange(adapters, intent, 'restored')
  const share = plan.from.request.name
  throw new VicnfsError('VN-EXCHANGE-FAILED', `The new server of "${share}" did not serve; the old one is back.`, {
    // What the new one's own error says to try is about a container that is gone.
    reason: whatFailed(error),
    details: {share, ...(isVicnfsError(error) ? {code: error.code, ...error.details} : {})},
    cause: error,
  })
}

/**
 * Exchanges the container at the address of a share: old removed, new started at the same address, the full ladder
 * passed, else the old one is made again from its labels and environment (S4). A request to stop waits until one of
 * both serves. The caller has seen to it that nothing is using the share, and that the image is there.
 * @throws VN-EXCHANGE-FAILED with the old one back; VN-ADDRESS-EMPTY when neither serves
 */
export async function exchangeServer(
  adapters: Adapters,
  plan: ExchangePlan,
  options: {
    readonly old: ServerContainer
    readonly info: VchInfo
    readonly work: Work
    /** A further proof of the new one, before it counts. */
    readonly prove?: (work: Work) => Promise<void>
  },
): Promise<void> {
  const {old, info, prove} = options
  const {signal} = options.work
  signal.throwIfAborted()
  options.work.cutUndo(EXCHANGE_CUT)
  const work = options.work.shielded()
  const sayWhy = (): void => {
    work.note('info', `The exchange of the server of "${plan.share}" is brought to its end first.`)
  }
  signal.addEventListener('abort', sayWhy, {once: true})
  try {
    const vch = {keys: [endpointKey(adapters.server.endpoint)]}
    const data = exchangeData(plan, old)
    const intent = await adapters.journal.append({kind: 'intent', action: EXCHANGE, vch, data})
    try {
      await work.step('remove-old', 'Stop and remove the server container of before', async (step) => {
        await stopAndRemove(adapters.server, old.container, step)
        step.note(old.container.name)
      })
      await occupy(adapters, {...plan, occupant: plan.to}, {info, work})
      await prove?.(work)
    } catch (error) {
      await giveBack(adapters, plan, {info, work, intent, error})
    }
    await closeExchange(adapters, intent, 'done')
  } finally {
    signal.removeEventListener('abort', sayWhy)
  }
}
