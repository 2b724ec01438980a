import {randomBytes} from 'node:crypto'
import type {Work} from '../../engine/work.js'
import {shellQuote} from '../../model/redaction.js'
import {shareUrl} from '../../model/share.js'
import {isVicnfsError, VicnfsError} from '../../model/vicnfs-error.js'
import type {VchApi} from '../../vch/vch-api.js'
import type {ShareAddress} from '../../nfs/preflight/report.js'
import type {Adapters} from '../adapters.js'
import {endpointKey} from '../vch-lock.js'
import {check, type Check} from './evidence.js'
import {findingsOf, judge} from './judge.js'
import {proofLabels, removeAll, sweep, type Leftovers} from './leftovers.js'
import {ensureProofImage} from './proof-image.js'
import {journalProof} from './proof-journal.js'
import {mountOf, wordOf} from './proof-words.js'
import {shareData} from './share-data.js'

export interface ProofWish {
  readonly label: string
  readonly image: string
  /** Network that the consumers of the store use; the VCH's default bridge when absent. */
  readonly network?: string
  readonly requireNonRoot: boolean
  /** Where the store is, when that is known: A and B run as its uid and gid; as root when absent. */
  readonly place?: ShareAddress
}

/** What was proven, in the words of the two containers. */
export interface Proof {
  readonly label: string
  readonly vch: string
  readonly volume: string
  readonly aWrote: string
  readonly bRead: string
  readonly bWrote: string
  readonly aRead: string
  /** Type of the mounted file system as the container saw it; `nfs` on a VCH. */
  readonly fileSystem: string
  readonly nonRoot: 'can write' | 'cannot write'
  /** In sentences: what is not proven, or worth knowing. */
  readonly findings: readonly string[]
  /** Each check with its outcome; only `non-root` and `clean-up` may have failed. */
  readonly evidence: readonly Check[]
}

/** Answers of the VCH that say that the store cannot be used, as opposed to trouble of the VCH itself. */
const STORE_TROUBLE: ReadonlySet<string> = new Set([
  'VN-VCH-API',
  'VN-VCH-VOLUME-REFUSED',
  'VN-VCH-MOUNT-FAILED',
  'VN-VCH-START-FAILED',
  // With a dead server behind the store its volumes are neither made nor mounted nor refused.
  'VN-VCH-TIMEOUT',
])

/** A store on which the VCH cannot make or mount a volume has failed its proof, whatever the VCH calls it. */
function asFailedProof(error: unknown, {label, place}: ProofWish): unknown {
  if (!isVicnfsError(error)) return error
  const tries = place === undefined ? [] : [shellQuote(['vicnfs', 'preflight', shareUrl(place)])]
  if (error.code === 'VN-VERIFY-FAILED') {
    const {message, reason, details, cause} = error
    return new VicnfsError(error.code, message, {reason, tries, details, cause})
  }
  if (error.code === 'VN-VCH-VOLUME-BUSY') {
    const message = `"${label}" is no share: its volume attaches to one running container at a time.`
    return new VicnfsError('VN-VERIFY-NOT-SHARED', message, {details: error.details, cause: error})
  }
  if (!STORE_TROUBLE.has(error.code)) return error
  return new VicnfsError('VN-VERIFY-FAILED', `Two containers could not share data through the store "${label}".`, {
    reason: error.message,
    tries,
    details: {...error.details, code: error.code},
    cause: error,
  })
}

async function requireOnline(api: VchApi, label: string, work: Work): Promise<string> {
  return work.step('online', `Look whether "${label}" is online`, async (step) => {
    const info = await api.info({signal: step.signal})
    if (info.kind !== 'vch') throw new VicnfsError('VN-NOT-A-VCH', `${api.endpoint} is a plain Docker Engine, no VCH.`)
    if (!info.onlineStores.includes(label)) {
      throw new VicnfsError('VN-STORE-UNKNOWN', `"${info.name}" has no volume store "${label}" online.`, {
        reason: `Online are: ${info.onlineStores.join(', ') || 'none'}.`,
        // It may be configured, and left out at the last boot.
        tries: ['vicnfs status', shellQuote(['vicnfs', 'expose-volume', 'VOLUME', '--register', label])],
      })
    }
    step.unchanged(`online on ${info.name}`)
    return info.name
  })
}

/** The first check that a proof cannot do without. @throws VN-VERIFY-FAILED, VN-VERIFY-NON-ROOT */
function requireProven(evidence: readonly Check[], {label, requireNonRoot}: ProofWish): void {
  const failed = evidence.find(({id, outcome}) => outcome === 'failed' && id !== 'non-root')
  if (failed !== undefined) {
    const message = `A proof that containers share data through "${label}" failed: ${failed.title}.`
    throw new VicnfsError('VN-VERIFY-FAILED', message, {reason: `${failed.detail}.`, details: {evidence}})
  }
  const nonRoot = evidence.find(({id}) => id === 'non-root')
  if (requireNonRoot && nonRoot?.outcome === 'failed') {
    const message = `Containers that run as uid 1000 cannot write to "${label}".`
    throw new VicnfsError('VN-VERIFY-NON-ROOT', message, {details: {evidence}})
  }
}

interface Proving {
  readonly wish: ProofWish
  readonly vch: string
  readonly volume: string
  readonly leftovers: Leftovers
  readonly timeoutMs: number
  readonly work: Work
}

async function proveOn(api: VchApi, options: Proving): Promise<Proof> {
  const {wish, vch, volume, leftovers, timeoutMs, work} = options
  const {label, image, network, place} = wish
  const startedMs = performance.now()
  await work.step('proof-volume', `Make a volume on "${label}"`, async (step) => {
    leftovers.volumes.push(volume)
    // As for the containers: not cut off by Ctrl-C, or it would be made after it was to be removed.
    await api.createVolume({name: volume, store: label, labels: proofLabels()})
    step.signal.throwIfAborted()
    step.note(volume)
  })
  const made = check('volume', 'proven', {detail: volume, durationMs: performance.now() - startedMs})
  const user = place === undefined || place.uid === 0 ? undefined : `${place.uid}:${place.gid}`
  const plan = {volume, image, ...(network === undefined ? {} : {network}), ...(user === undefined ? {} : {user})}
  const seen = await shareData(api, plan, {leftovers, timeoutMs, work})
  const evidence = [made, ...judge(seen, {user})]
  requireProven(evidence, wish)
  const fileSystem = mountOf(seen.a)?.type ?? wordOf(seen.a, 'fs') ?? 'unknown'
  return {
    ...{label, vch, volume, fileSystem, evidence},
    ...{aWrote: seen.aWrote, bRead: seen.aWrote, bWrote: seen.bWrote, aRead: seen.bWrote},
    nonRoot: seen.nonRoot.exitCode === 0 ? 'can write' : 'cannot write',
    findings: findingsOf(evidence, fileSystem),
  }
}

async function proveAndCleanUp(api: VchApi, options: Proving): Promise<Proof> {
  const {wish, leftovers, work} = options
  let proof: Proof
  try {
    proof = await proveOn(api, options)
  } catch (error) {
    await removeAll(api, leftovers, work)
    throw asFailedProof(error, wish)
  }
  return {...proof, evidence: [...proof.evidence, await removeAll(api, leftovers, work)]}
}

/**
 * Lets two containers of the VCH share data through a store, after what killed proofs have left there was swept away.
 * @param options.sweep the same for several proofs side by side, which must not take each other for such: once for all
 * @throws VN-VERIFY-FAILED, VN-VERIFY-NON-ROOT, VN-STORE-UNKNOWN, VN-VCH-…
 */
export async function proveStore(
  adapters: Adapters,
  wish: ProofWish,
  options: {readonly work: Work; readonly sweep?: () => Promise<void>},
): Promise<Proof> {
  const {work, sweep: sweepFirst = () => sweep(adapters, work)} = options
  const api = adapters.consumer
  const vch = await requireOnline(api, wish.label, work)
  await ensureProofImage(api, wish.image, work)
  await sweepFirst()
  const volume = `vicnfs-proof-${randomBytes(4).toString('hex')}`
  const leftovers: Leftovers = {containers: [], volumes: []}
  const subject = {label: wish.label, volume, keys: [endpointKey(api.endpoint)]}
  const timeoutMs = adapters.limits.readyTimeoutMs
  return journalProof(adapters.journal, subject, () =>
    proveAndCleanUp(api, {wish, vch, volume, leftovers, timeoutMs, work}),
  )
}
