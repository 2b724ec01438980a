import {randomBytes} from 'node:crypto'
import type {Work} from '../../engine/work.js'
import type {ShareAddress} from '../../nfs/preflight/report.js'
import type {Adapters, NfsAccess, Standpoint} from '../adapters.js'
import {isOfThisMachine} from '../preflight-url.js'
import {ensureImage} from '../share/ensure-server.js'
import {endpointKey} from '../vch-lock.js'
import {journalCheck, removeCheck, sweepChecks} from './leftovers.js'
import {readFileLog, type FileResult} from './read-file-log.js'
import {runCheckContainer} from './run-container.js'
import {openShareBy} from './vch-share-session.js'

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

/** Operations on files of a share, done by one container of the consumer VCH. */
async function runOnFiles(
  adapters: Adapters,
  place: ShareAddress,
  options: Options & {readonly words: readonly string[]; readonly signal: AbortSignal},
): Promise<readonly FileResult[]> {
  const {image, work, words: files, signal} = options
  const {consumer: api, journal, limits, nfs} = adapters
  const {stepTimeoutMs, readyTimeoutMs: timeoutMs} = limits
  const {kind} = await api.info({signal})
  const run = randomBytes(4).toString('hex')
  const {portmapPort} = nfs
  const onEngine = kind === 'docker-engine'
  const check = {place, image, run, files, readOnly: true, stepTimeoutMs, portmapPort, onEngine}
  return journalCheck(journal, {run, keys: [endpointKey(api.endpoint)]}, async () => {
    try {
      const {exitCode, log} = await runCheckContainer(api, check, {step: {signal}, timeoutMs, onLog: () => undefined})
      return readFileLog(log, {exitCode, wanted: operationsIn(files)})
    } finally {
      await removeCheck(api, run, work)
    }
  })
}

/** Makes ready for containers of the check, once. */
async function makeReady(adapters: Adapters, {image, work}: Options): Promise<void> {
  const {consumer: api, journal} = adapters
  await work.step('share-check-image', `Make sure that the image ${image} is there`, (step) =>
    ensureImage(api, image, step),
  )
  await sweepChecks(api, {journal, keys: [endpointKey(api.endpoint)]}, work)
}

/**
 * Where a share is looked at from (S3): this machine, whenever it can; a container of the consumer VCH only where this
 * machine has no route, or may not bind the source port that the server demands. What the server itself refuses, it
 * refuses everywhere.
 */
async function standpointOf(adapters: Adapters, place: ShareAddress, options: Options & {signal: AbortSignal}) {
  const {work, signal} = options
  const {limits, nfs} = adapters
  const report = await nfs.preflight(place, {readOnly: true, signal, rungTimeoutMs: limits.stepTimeoutMs})
  const failed = report.rungs.find((rung) => rung.state === 'failed')
  if (!isOfThisMachine(failed?.code)) {
    work.note('info', `This machine reaches ${place.host}, so it looks at the share itself, in place of the VCH.`)
    return 'here'
  }
  const finding = failed?.finding ?? 'no answer'
  work.note('info', `A container of the VCH looks at ${place.host}, which this machine cannot: ${finding}`)
  await makeReady(adapters, options)
  return 'vch'
}

/**
 * Shares as this machine sees them where it can, and as a container of the consumer VCH sees them where it cannot.
 * The caller holds the lock of that VCH.
 */
export function nfsFromVch(adapters: Adapters, options: Options): NfsAccess {
  const {nfs} = adapters
  const decided = new Map<string, Promise<Standpoint>>()
  const standpoint = (place: ShareAddress, {signal}: {readonly signal: AbortSignal}): Promise<Standpoint> => {
    const known = decided.get(place.host) ?? standpointOf(adapters, place, {...options, signal})
    decided.set(place.host, known)
    // A look that failed or was broken off has decided nothing.
    known.catch(() => decided.delete(place.host))
    return known
  }
  return {
    ...nfs,
    standpoint,
    async openShare(place, call) {
      const signal = call.signal ?? options.work.signal
      if ((await standpoint(place, {signal})) === 'here') return nfs.openShare(place, call)
      const run = (words: readonly string[]) => runOnFiles(adapters, place, {...options, words, signal})
      return openShareBy(place, run)
    },
  }
}
