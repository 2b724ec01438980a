import type {Work} from '../../engine/work.js'
import type {ShareAddress} from '../../nfs/preflight/report.js'
import type {ConsumerAdapters, NfsAccess, Standpoint} from '../adapters.js'
import {isOfThisMachine} from '../preflight-url.js'
import {climbInContainer} from './climb.js'
import {asCheck} from './leftovers.js'
import {makeReady} from './make-ready.js'
import {readFileLog, type FileResult} from './read-file-log.js'
import type {VchPreflightReport} from './report.js'
import {runCheckContainer} from './run-container.js'
import {openShareBy} from './vch-share-session.js'
import {waitFromEither} from './wait-from-either.js'

/** Of one rung while a share comes up: above the second that a connection hangs that came before its interface was up. */
const RUNG_TIMEOUT_MS = 2000

/** `write` is followed by two words, every other operation by one. */
function operationsIn(words: readonly string[]): number {
  let count = 0
  for (let at = 0; at < words.length; at += words[at] === 'write' ? 3 : 2) count += 1
  return count
}

interface Options {
  readonly image: string
  readonly work: Work
}

interface Call {
  readonly signal: AbortSignal
}

/** Operations on files of a share, done by one container of the consumer VCH. */
async function runOnFiles(
  adapters: ConsumerAdapters,
  place: ShareAddress,
  options: Options & Call & {readonly words: readonly string[]},
): Promise<readonly FileResult[]> {
  const {image, work, words: files, signal} = options
  const {consumer: api, limits, nfs} = adapters
  const {stepTimeoutMs, readyTimeoutMs: timeoutMs} = limits
  const {kind} = await api.info({signal})
  const {portmapPort} = nfs
  const onEngine = kind === 'docker-engine'
  return asCheck(adapters, work, async (run) => {
    const check = {place, image, run, files, readOnly: true, stepTimeoutMs, portmapPort, onEngine}
    const {exitCode, log} = await runCheckContainer(api, check, {step: {signal}, timeoutMs, onLog: () => undefined})
    return readFileLog(log, {exitCode, wanted: operationsIn(files)})
  })
}

/**
 * The read-only ladder, climbed by one container of the consumer VCH, which is ready for that.
 * @throws VN-CHECK-…, VN-VCH-…
 */
export async function lookByContainer(
  adapters: ConsumerAdapters,
  place: ShareAddress,
  {image, work, signal}: Options & Call,
): Promise<VchPreflightReport> {
  const info = await adapters.consumer.info({signal})
  const wish = {image, readOnly: true}
  return asCheck(adapters, work, (run) => climbInContainer(adapters, place, {wish, run, info, signal}))
}

/** Makes the VCH ready when it is first looked from there; looks that begin at once wait for each other. */
function readyOnce(adapters: ConsumerAdapters, {image, work}: Options): (call: Call) => Promise<void> {
  let isReady = false
  let turn: Promise<void> = Promise.resolve()
  return (call) => {
    const mine = turn.then(async () => {
      if (!isReady) await makeReady(adapters, image, {work, ...call})
      isReady = true
    })
    // eslint-disable-next-line vicnfs/heeds-stop -- only the turn: one that was broken off leaves it to the next
    turn = mine.catch(() => undefined)
    return mine
  }
}

function tellStandpoint(
  work: Work,
  {host}: ShareAddress,
  seen: {from: Standpoint; finding?: string | undefined},
): void {
  const {from, finding = 'no answer'} = seen
  const text =
    from === 'here'
      ? `This machine reaches ${host}, so it looks at the share itself, in place of the VCH.`
      : `A container of the VCH looks at ${host}, which this machine cannot: ${finding}`
  work.note('info', text)
}

/** From where each server is looked at, once that is known. */
function standpoints(decide: (place: ShareAddress, call: Call) => Promise<Standpoint>) {
  const decided = new Map<string, Promise<Standpoint>>()
  return {
    of(place: ShareAddress, call: Call): Promise<Standpoint> {
      const known = decided.get(place.host) ?? decide(place, call)
      decided.set(place.host, known)
      // A look that failed or was broken off has decided nothing.
      known.catch(() => decided.delete(place.host))
      return known
    },
    /** What was seen before the server came up decides no longer. */
    set({host}: ShareAddress, from: Standpoint): void {
      decided.set(host, Promise.resolve(from))
    },
  }
}

/**
 * Shares as this machine sees them where it can, and as a container of the consumer VCH sees them where it cannot (S3):
 * where it has no route, or may not bind the source port that the server demands. What the server itself refuses, it
 * refuses everywhere. The caller holds the lock of that VCH.
 */
export function nfsFromVch(adapters: ConsumerAdapters, options: Options): NfsAccess {
  const {nfs, limits} = adapters
  const {work} = options
  const ready = readyOnce(adapters, options)
  const from = standpoints(async (place, {signal}) => {
    const report = await nfs.preflight(place, {readOnly: true, signal, rungTimeoutMs: limits.stepTimeoutMs})
    const failed = report.rungs.find((rung) => rung.state === 'failed')
    const standpoint = isOfThisMachine(failed?.code) ? 'vch' : 'here'
    tellStandpoint(work, place, {from: standpoint, finding: failed?.finding})
    if (standpoint === 'vch') await ready({signal})
    return standpoint
  })
  return {
    ...nfs,
    lookImage: options.image,
    standpoint: (place, call) => from.of(place, call),
    async waitUntilMountable(place, wait) {
      const rungTimeoutMs = Math.min(RUNG_TIMEOUT_MS, limits.stepTimeoutMs)
      const here = ({signal}: Call) => nfs.preflight(place, {readOnly: true, signal, rungTimeoutMs})
      const vch = async (call: Call) => {
        await ready(call)
        return lookByContainer(adapters, place, {...options, ...call})
      }
      const seen = await waitFromEither(place, {here, vch}, wait)
      from.set(place, seen.from)
      tellStandpoint(work, place, seen)
      return seen
    },
    async openShare(place, call) {
      const signal = call.signal ?? work.signal
      if ((await from.of(place, {signal})) === 'here') return nfs.openShare(place, call)
      const run = (words: readonly string[]) => runOnFiles(adapters, place, {...options, words, signal})
      return openShareBy(place, run)
    },
  }
}

/** The same adapters, looking at shares by containers of the consumer VCH where this machine cannot; as they are without `fromVch`. */
export function seeingFromVch<A extends ConsumerAdapters>(
  adapters: A,
  fromVch: {readonly image: string} | undefined,
  work: Work,
): A {
  return fromVch === undefined ? adapters : {...adapters, nfs: nfsFromVch(adapters, {...fromVch, work})}
}
