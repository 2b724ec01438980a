import {randomBytes} from 'node:crypto'
import type {Work} from '../../engine/work.js'
import {shellQuote} from '../../model/redaction.js'
import {shareUrl} from '../../model/share.js'
import {isVicnfsError, VicnfsError} from '../../model/vicnfs-error.js'
import type {VchApi} from '../../vch/vch-api.js'
import type {ShareAddress} from '../../nfs/preflight/report.js'
import type {Adapters} from '../adapters.js'
import {proofLabels, removeAll, sweep} from './leftovers.js'
import {proveAsNonRoot} from './non-root.js'
import {endpointKey} from '../vch-lock.js'
import {runProofContainer, type ProofContainer} from './proof-container.js'
import {ensureProofImage} from './proof-image.js'
import {journalProof} from './proof-journal.js'

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
  readonly findings: readonly string[]
}

const MOUNT_POINT = '/vicnfs-proof'

/** A writes once, and on its second start reads what B has written; only relative names (DESIGN § 7). */
const SCRIPT_A =
  'set -e; stat -f -c "fs:%T" .; if [ -f from-b ]; then cat from-b; else printf "%s\\n" "$VICNFS_TEXT" > from-a; fi'
const SCRIPT_B = 'set -e; cat from-a; printf "%s\\n" "$VICNFS_TEXT" > from-b'

function linesOf(log: string): string[] {
  return log
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
}

function requireLine(log: string, expected: string, who: string): string {
  const found = linesOf(log).find((line) => line === expected)
  if (found !== undefined) return found
  throw new VicnfsError('VN-VERIFY-FAILED', `${who} did not read what the other container wrote.`, {
    reason: `Expected "${expected}", read: ${linesOf(log).slice(-3).join(' | ') || 'nothing'}.`,
  })
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
        tries: [shellQuote(['vicnfs', 'expose-volume', 'VOLUME', '--register', label])],
      })
    }
    step.unchanged(`online on ${info.name}`)
    return info.name
  })
}

async function shareData(
  api: VchApi,
  options: {wish: ProofWish; volume: string; leftovers: {containers: string[]}; timeoutMs: number; work: Work},
): Promise<Pick<Proof, 'aWrote' | 'bRead' | 'bWrote' | 'aRead' | 'fileSystem'>> {
  const {wish, volume, leftovers, timeoutMs, work} = options
  const aWrote = `hello from A, ${randomBytes(3).toString('hex')}`
  const bWrote = `hello back from B, ${randomBytes(3).toString('hex')}`
  const make = (who: 'a' | 'b', script: string, text: string): ProofContainer => ({
    name: `${volume}-${who}`,
    script,
    text,
    volume,
    mountPoint: MOUNT_POINT,
    image: wish.image,
    ...(wish.network === undefined ? {} : {network: wish.network}),
    ...(wish.place === undefined || wish.place.uid === 0 ? {} : {user: `${wish.place.uid}:${wish.place.gid}`}),
  })
  const run = (container: ProofContainer, title: string): Promise<string> =>
    work.step(`proof-${container.name}-${title}`, title, (step) =>
      runProofContainer(api, container, {step, leftovers, timeoutMs}),
    )
  const a = make('a', SCRIPT_A, aWrote)
  const first = await run(a, 'Container A writes')
  const second = await run(make('b', SCRIPT_B, bWrote), 'Container B reads it and writes back')
  const bRead = requireLine(second, aWrote, 'Container B')
  const third = await run(a, 'Container A, started again, reads what B wrote')
  const aRead = requireLine(third, bWrote, 'Container A')
  const fileSystem =
    linesOf(first)
      .find((line) => line.startsWith('fs:'))
      ?.slice(3) ?? 'unknown'
  return {aWrote, bRead, bWrote, aRead, fileSystem}
}

function findingsOf(fileSystem: string, nonRoot: Proof['nonRoot']): string[] {
  const findings = ['File locks are not shared between containers: VIC mounts with nolock.']
  if (!fileSystem.startsWith('nfs')) {
    findings.push(`Not proven here: that the mount is of type nfs (the container sees ${fileSystem}).`)
  }
  if (nonRoot === 'cannot write')
    findings.push('A container that runs as uid 1000 cannot write: register with --uid and --gid for such containers.')
  return findings
}

async function proveOn(
  api: VchApi,
  options: {
    wish: ProofWish
    vch: string
    volume: string
    leftovers: {containers: string[]; volumes: string[]}
    timeoutMs: number
    work: Work
  },
): Promise<Proof> {
  const {wish, vch, volume, leftovers, timeoutMs, work} = options
  try {
    await work.step('proof-volume', `Make a volume on "${wish.label}"`, async (step) => {
      leftovers.volumes.push(volume)
      await api.createVolume({name: volume, store: wish.label, labels: proofLabels()}, {signal: step.signal})
      step.note(volume)
    })
    const shared = await shareData(api, {wish, volume, leftovers, timeoutMs, work})
    const nonRoot = await proveAsNonRoot(api, {...options, mountPoint: MOUNT_POINT})
    if (nonRoot === 'cannot write' && wish.requireNonRoot) {
      throw new VicnfsError('VN-VERIFY-NON-ROOT', `Containers that run as uid 1000 cannot write to "${wish.label}".`)
    }
    return {label: wish.label, vch, volume, ...shared, nonRoot, findings: findingsOf(shared.fileSystem, nonRoot)}
  } catch (error) {
    throw asFailedProof(error, wish)
  } finally {
    await removeAll(api, leftovers, work)
  }
}

/** @throws VN-VERIFY-FAILED, VN-VERIFY-NON-ROOT, VN-STORE-UNKNOWN, VN-VCH-… */
export async function proveStore(adapters: Adapters, wish: ProofWish, options: {readonly work: Work}): Promise<Proof> {
  const {work} = options
  const api = adapters.consumer
  const vch = await requireOnline(api, wish.label, work)
  await ensureProofImage(api, wish.image, work)
  await sweep(adapters, work)
  const volume = `vicnfs-proof-${randomBytes(4).toString('hex')}`
  const leftovers = {containers: [] as string[], volumes: [] as string[]}
  const subject = {label: wish.label, volume, keys: [endpointKey(api.endpoint)]}
  const timeoutMs = adapters.limits.readyTimeoutMs
  return journalProof(adapters.journal, subject, () => proveOn(api, {wish, vch, volume, leftovers, timeoutMs, work}))
}
