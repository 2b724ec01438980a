import {waitFor} from '../../engine/wait-for.js'
import type {StepHandle} from '../../engine/work.js'
import {sameStores} from '../../model/store-plan.js'
import {isVicnfsError} from '../../model/vicnfs-error.js'
import type {VolumeStore} from '../../model/volume-store.js'
import type {ShareAddress} from '../../nfs/preflight/report.js'
import {isUnreachable} from '../../vch/failures/is-unreachable.js'
import type {Adapters} from '../adapters.js'
import type {ConsumerVch} from './identify-consumer.js'
import {listsPlace} from './record.js'

/** What can be seen of a VCH from both sides in one moment. */
export interface VchSight {
  readonly api: 'running' | 'not-running' | 'refused'
  readonly online: readonly string[]
  /** The endpoint VM is powered off; looked for only while the Docker API refuses and is being waited for. */
  readonly off?: boolean
  /** undefined when `inspect config` failed. */
  readonly stores: readonly VolumeStore[] | undefined
}

/** Looks once. @throws only what is no matter of the VCH being down (interruption, refused login) */
export async function lookAtVch(adapters: Adapters, vch: ConsumerVch, signal: AbortSignal): Promise<VchSight> {
  let api: VchSight['api'] = 'refused'
  let online: readonly string[] = []
  try {
    const info = await adapters.consumer.info({signal})
    api = info.running ? 'running' : 'not-running'
    online = info.onlineStores
  } catch (error) {
    if (!isUnreachable(error)) throw error
  }
  const configuration = await vch.access.program.inspectConfig(vch.selector, {signal})
  return {api, online, stores: configuration.stores}
}

export interface Expectation {
  readonly stores: readonly VolumeStore[]
  /** Labels that must be online. */
  readonly labels: readonly string[]
}

/** Success as DESIGN § 3.5 has it: exactly the planned stores, RUNNING, and the labels online. */
export function isAsExpected(sight: VchSight, expected: Expectation): boolean {
  return (
    sight.api === 'running' &&
    sight.stores !== undefined &&
    sameStores(sight.stores, expected.stores) &&
    expected.labels.every((label) => sight.online.includes(label))
  )
}

function describe(sight: VchSight, expected: Expectation): string {
  if (sight.off === true) return 'the endpoint VM is powered off'
  if (sight.api === 'refused') return 'the Docker API refuses'
  if (sight.api === 'not-running') return 'the port layer does not answer'
  const missing = expected.labels.filter((label) => !sight.online.includes(label))
  return missing.length === 0
    ? 'it runs, with other stores than planned'
    : `it runs, but not online: ${missing.join(', ')}`
}

const HOPELESS_LOOKS = 3
/** A server or a VCH that is merely slow gets this long, or a tenth of --vch-timeout where that is less. */
const HOPELESS_MS = 30_000

/** Whether the endpoint VM is powered off: before VIC 1.4.0 a failed configure leaves it so, a killed one always may. */
async function isOff(vch: ConsumerVch, signal: AbortSignal): Promise<boolean> {
  try {
    await vch.access.program.inspect(vch.selector, {signal})
    return false
  } catch (error) {
    signal.throwIfAborted()
    return isVicnfsError(error) && error.code === 'VN-VICMACHINE-VCH-OFF'
  }
}

/**
 * A look that waiting cannot mend: the VCH runs but has left the store out, it is off with nobody at work on it, or it
 * boots in circles on a dead share.
 */
async function isHopeless(
  adapters: Adapters,
  sight: VchSight,
  options: {readonly places: readonly ShareAddress[]; readonly signal: AbortSignal},
): Promise<boolean> {
  const {places, signal} = options
  if (sight.api === 'running' || sight.off === true) return true
  // A VCH that does not list a share boots without it.
  for (const place of places.filter((each) => listsPlace(sight.stores ?? [], each))) {
    if (!(await adapters.nfs.preflight(place, {readOnly: true, signal})).passed) return true
  }
  return false
}

/** Counts looks in a row that waiting cannot mend; true once there were enough of them over at least `leastMs`. */
function countHopeless(): (hopeless: boolean, leastMs: number) => boolean {
  let looks = 0
  let sinceMs = 0
  return (hopeless, leastMs) => {
    if (looks === 0) sinceMs = performance.now()
    looks = hopeless ? looks + 1 : 0
    return looks >= HOPELESS_LOOKS && performance.now() - sinceMs >= leastMs
  }
}

/**
 * Watches a VCH until it is as expected, until time is up, or until further waiting is hopeless.
 * @returns the last look; `isAsExpected` tells which of these it was
 */
export async function watchVch(
  adapters: Adapters,
  vch: ConsumerVch,
  options: {
    readonly expected: Expectation
    /** Another end that is as good, such as the state before. */
    readonly orElse?: Expectation
    readonly step: StepHandle
    /** Shares that this machine can look at, and without which the VCH may not boot. */
    readonly places?: readonly ShareAddress[]
  },
): Promise<VchSight> {
  const {expected, orElse, step, places = []} = options
  let last: VchSight = {api: 'refused', online: [], stores: undefined}
  const hopelessMs = Math.min(HOPELESS_MS, adapters.limits.vchTimeoutMs / 10)
  const givesUp = countHopeless()
  return waitFor<VchSight>(
    async (_n, {signal}) => {
      last = await lookAtVch(adapters, vch, signal)
      if (isAsExpected(last, expected) || (orElse !== undefined && isAsExpected(last, orElse))) return last
      if (last.api === 'refused') last = {...last, off: await isOff(vch, signal)}
      step.progress(describe(last, expected))
      const hopeless = await isHopeless(adapters, last, {places, signal})
      // Stores of a VCH that runs do not change by waiting; whether they come online may.
      const leastMs = last.api === 'running' && !sameStores(last.stores ?? [], expected.stores) ? 0 : hopelessMs
      return givesUp(hopeless, leastMs) ? last : undefined
    },
    {
      signal: step.signal,
      timeoutMs: adapters.limits.vchTimeoutMs,
      intervalMs: 250,
      maxIntervalMs: 3000,
      // A refused login is never repeated (S8), and neither is anything else that waiting cannot mend.
      isFinal: (error) => isVicnfsError(error) && (error.kind === 'usage' || error.kind === 'refused'),
      onTimeout: () => new WatchTimeout(last),
    },
  ).catch((error: unknown) => {
    if (error instanceof WatchTimeout) return error.sight
    throw error
  })
}

/** A guest shutdown that vic-machine asked for before it was killed takes up to this long (facts/vic-machine.md § 4). */
const SHUTDOWN_MS = 30_000

/**
 * Looks on at a VCH that seems as expected although vic-machine was killed: it may be shutting down.
 * @returns the first look that is not as expected, else the last one
 */
export async function watchItStay(
  adapters: Adapters,
  vch: ConsumerVch,
  options: {readonly expected: Expectation; readonly step: StepHandle},
): Promise<VchSight> {
  const {expected, step} = options
  let last: VchSight = {api: 'refused', online: [], stores: undefined}
  return waitFor<VchSight>(
    async (_n, {signal}) => {
      last = await lookAtVch(adapters, vch, signal)
      return isAsExpected(last, expected) ? undefined : last
    },
    {
      signal: step.signal,
      timeoutMs: Math.min(SHUTDOWN_MS, adapters.limits.vchTimeoutMs),
      intervalMs: 250,
      maxIntervalMs: 1000,
      onTimeout: () => new WatchTimeout(last),
    },
  ).catch((error: unknown) => {
    if (error instanceof WatchTimeout) return error.sight
    throw error
  })
}

class WatchTimeout extends Error {
  constructor(readonly sight: VchSight) {
    super('the VCH did not come back in time')
  }
}
