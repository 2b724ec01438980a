import {randomBytes} from 'node:crypto'
import {waitFor} from '../../engine/wait-for.js'
import type {StepHandle, Work} from '../../engine/work.js'
import {VicnfsError} from '../../model/vicnfs-error.js'
import type {VchApi} from '../../vch/vch-api.js'
import {firstOf, together} from './together.js'
import {
  endOf,
  logOfGoodEnd,
  logSoFar,
  startProofContainer,
  type ContainerEnd,
  type ProofContainer,
  type ProofRun,
} from './proof-container.js'
import {HOLDS, SCRIPT_A, SCRIPT_B, SCRIPT_NON_ROOT} from './proof-scripts.js'
import {linesOf} from './proof-words.js'

const MOUNT_POINT = '/vicnfs-proof'
const NON_ROOT = '1000:1000'
/** Of the log of a container that may wait for the other one; a log is cheap, also on a VCH. */
const POLL = {intervalMs: 100, maxIntervalMs: 1000}

/** What the containers of a proof are. */
export interface ProofPlan {
  readonly volume: string
  readonly image: string
  readonly network?: string
  /** `uid:gid` of A and B; root when absent. */
  readonly user?: string
}

/** What the containers said, and how long that took, milliseconds. */
export interface Seen {
  readonly aWrote: string
  readonly bWrote: string
  /** Of A, all it said: before B had written and after. */
  readonly a: string
  readonly b: string
  readonly nonRoot: ContainerEnd
  /** A had the volume from before B started until B had ended. */
  readonly metAtOnce: boolean
  readonly tookMs: {readonly a: number; readonly b: number; readonly back: number; readonly nonRoot: number}
}

interface Cast {
  readonly a: ProofContainer
  readonly b: ProofContainer
  readonly nonRoot: ProofContainer
}

function castOf({volume, image, network, user}: ProofPlan): Cast {
  const place = {volume, image, mountPoint: MOUNT_POINT, ...(network === undefined ? {} : {network})}
  const owner = user === undefined ? {} : {user}
  const nonce = (): string => randomBytes(3).toString('hex')
  return {
    a: {...place, ...owner, name: `${volume}-a`, script: SCRIPT_A, text: `hello from A, ${nonce()}`},
    b: {...place, ...owner, name: `${volume}-b`, script: SCRIPT_B, text: `hello back from B, ${nonce()}`},
    nonRoot: {...place, name: `${volume}-n`, script: SCRIPT_NON_ROOT, text: 'written as uid 1000', user: NON_ROOT},
  }
}

interface Stage extends Omit<ProofRun, 'step'> {
  readonly api: VchApi
}

async function timed<T>(work: () => Promise<T>): Promise<{readonly value: T; readonly ms: number}> {
  const startedMs = performance.now()
  return {value: await work(), ms: performance.now() - startedMs}
}

/** Starts A, and meanwhile the container that needs no other. @returns A's log if it has ended, undefined while it waits */
async function firstAct({api, ...run}: Stage, cast: Cast, step: StepHandle): Promise<string | undefined> {
  await together(step.signal, [
    (signal) => startProofContainer(api, cast.a, {...run, step: {signal}}),
    (signal) => startProofContainer(api, cast.nonRoot, {...run, step: {signal}}),
  ])
  const {timeoutMs} = run
  const says = async (signal: AbortSignal): Promise<true | undefined> =>
    linesOf(await logSoFar(api, cast.a, signal)).includes(HOLDS) ? true : undefined
  const late = (): VicnfsError => new VicnfsError('VN-VERIFY-FAILED', `The container "${cast.a.name}" says nothing.`)
  return firstOf(step.signal, [
    (signal) => logOfGoodEnd(api, cast.a, {...run, step: {signal}}),
    async (signal) => {
      await waitFor((_n, inner) => says(inner.signal), {signal, timeoutMs, ...POLL, onTimeout: late})
      return undefined
    },
  ])
}

/** Starts B, while A waits for it or after A has ended. @returns the logs of those that have ended by then */
async function secondAct(
  {api, ...run}: Stage,
  cast: Cast,
  {step, aWaits}: {readonly step: StepHandle; readonly aWaits: boolean},
): Promise<{readonly b: string; readonly a: string | undefined}> {
  await startProofContainer(api, cast.b, {...run, step})
  const [b, a] = await together<[string, string | undefined]>(step.signal, [
    (signal) => logOfGoodEnd(api, cast.b, {...run, step: {signal}}),
    async (signal) => (aWaits ? logOfGoodEnd(api, cast.a, {...run, step: {signal}}) : undefined),
  ])
  return {b, a}
}

/** What became of the container that does not run as root. */
async function lastAct({api, ...run}: Stage, {nonRoot}: Cast, work: Work): Promise<ContainerEnd> {
  return work.step('proof-non-root', 'Try the same as a container that does not run as root', async (step) => {
    const end = await endOf(api, nonRoot, {...run, step})
    step.note(end.exitCode === 0 ? 'uid 1000 can write' : 'uid 1000 cannot write')
    return end
  })
}

/**
 * Lets two containers share data through a volume, and a third one try to write that does not run as root. Where the
 * containers see an NFS mount, A stays while B runs, so that both have the volume at once; elsewhere A is started again.
 * @throws VN-VERIFY-FAILED when A or B fails or does not end, VN-VCH-…
 */
export async function shareData(
  api: VchApi,
  plan: ProofPlan,
  options: Omit<ProofRun, 'step'> & {readonly work: Work},
): Promise<Seen> {
  const {work, ...run} = options
  const cast = castOf(plan)
  const stage = {api, ...run}
  const first = await timed(() =>
    work.step('proof-a', 'Container A writes', async (step) => {
      const log = await firstAct(stage, cast, step)
      step.note(log === undefined ? 'it keeps the volume and waits for B' : 'and ended: it sees no NFS mount here')
      return log
    }),
  )
  const aWaits = first.value === undefined
  const second = await timed(() =>
    work.step('proof-b', 'Container B reads it and writes back', (step) => secondAct(stage, cast, {step, aWaits})),
  )
  const again = aWaits ? ', while B had the volume, too,' : ', started again,'
  const back = await timed(() =>
    work.step('proof-back', `Container A${again} reads what B wrote`, async (step) => {
      if (second.value.a !== undefined) return second.value.a
      await startProofContainer(api, cast.a, {...run, step})
      return logOfGoodEnd(api, cast.a, {...run, step})
    }),
  )
  const nonRoot = await timed(() => lastAct(stage, cast, work))
  return {
    aWrote: cast.a.text,
    bWrote: cast.b.text,
    a: `${first.value ?? ''}\n${back.value}`,
    b: second.value.b,
    nonRoot: nonRoot.value,
    metAtOnce: aWaits,
    tookMs: {a: first.ms, b: second.ms, back: aWaits ? second.ms : back.ms, nonRoot: first.ms + nonRoot.ms},
  }
}
