import type {StepHandle} from '../../engine/work.js'
import {formatDuration} from '../../model/duration.js'
import {isVicnfsError, VicnfsError} from '../../model/vicnfs-error.js'
import type {VchApi} from '../../vch/vch-api.js'
import {proofLabels} from './leftovers.js'
import {linesOf, wordOf} from './proof-words.js'

/** One of the containers of a proof: a shell script on the mounted volume. */
export interface ProofContainer {
  readonly name: string
  readonly image: string
  readonly script: string
  /** What the script writes, as VICNFS_TEXT. */
  readonly text: string
  readonly volume: string
  readonly mountPoint: string
  readonly network?: string
  readonly user?: string
}

export interface ProofRun {
  readonly step: Pick<StepHandle, 'signal'>
  /** Names of what is to be removed. */
  readonly leftovers: {containers: string[]}
  /** How long a started container may take to end. */
  readonly timeoutMs: number
}

export interface ContainerEnd {
  readonly exitCode: number
  readonly log: string
}

const LOG_LINES = 50
const MS_PER_S = 1000
/** Of the time that a container has: it says itself that the other one is late before it is given up. */
const PATIENCE = 0.8

/** A container VM mounts `hard`: when the server goes away after the mount, its file system calls never return. */
function neverEnded(error: unknown, name: string, timeoutMs: number): unknown {
  if (!isVicnfsError(error) || error.code !== 'VN-VCH-TIMEOUT') return error
  const message = `The container "${name}" has not ended within ${formatDuration(timeoutMs)}, so nothing is proven.`
  return new VicnfsError('VN-VERIFY-FAILED', message, {
    reason: 'It waits for the NFS server, as every container on this store does: the mount never gives up.',
    details: {container: name, timeoutMs},
    cause: error,
  })
}

/** Makes and starts the container, or starts the one that is there again. @throws VN-VCH-… */
export async function startProofContainer(api: VchApi, container: ProofContainer, options: ProofRun): Promise<void> {
  const {step, leftovers, timeoutMs} = options
  const {name, image, script, text, volume, mountPoint, network, user} = container
  const call = {signal: step.signal}
  if ((await api.inspectContainer(name, call)) === undefined) {
    // Before it is made, which Ctrl-C does not cut off: a VCH would make it all the same, after it was to be removed.
    leftovers.containers.push(name)
    const seconds = Math.max(1, Math.floor((timeoutMs * PATIENCE) / MS_PER_S))
    await api.createContainer({
      name,
      image,
      command: ['sh', '-c', script],
      env: {VICNFS_TEXT: text, VICNFS_SECONDS: String(seconds)},
      labels: proofLabels(),
      binds: [{volume, destination: mountPoint}],
      workingDir: mountPoint,
      ...(network === undefined ? {} : {network}),
      ...(user === undefined ? {} : {user}),
    })
    step.signal.throwIfAborted()
  }
  await api.startContainer(name, call)
}

/** Waits for the end of a started container. @throws VN-VERIFY-FAILED when it does not end in time */
export async function endOf(api: VchApi, {name}: ProofContainer, options: ProofRun): Promise<ContainerEnd> {
  const {step, timeoutMs} = options
  const call = {signal: step.signal}
  const exitCode = await api.waitContainer(name, {...call, timeoutMs}).catch((error: unknown) => {
    throw neverEnded(error, name, timeoutMs)
  })
  return {exitCode, log: await api.containerLogs(name, {...call, tailLines: LOG_LINES})}
}

/** The same, where anything but exit code 0 is a failed proof. @returns its log @throws VN-VERIFY-FAILED */
export async function logOfGoodEnd(api: VchApi, container: ProofContainer, options: ProofRun): Promise<string> {
  const {exitCode, log} = await endOf(api, container, options)
  if (exitCode === 0) return log
  const words = linesOf(log)
  const message = `The container "${container.name}" ended with exit code ${exitCode}.`
  const late = wordOf(log, 'late')
  if (late !== undefined) {
    throw new VicnfsError('VN-VERIFY-FAILED', `${message} It waited in vain for what the other container writes.`, {
      reason: `It never read "${late}", while both had the volume.`,
      details: {log: words},
    })
  }
  throw new VicnfsError('VN-VERIFY-FAILED', message, {
    reason: words.length === 0 ? 'It said nothing.' : `It said: ${words.slice(-3).join(' | ')}`,
    details: {log: words},
  })
}

export async function logSoFar(api: VchApi, {name}: ProofContainer, signal: AbortSignal): Promise<string> {
  return api.containerLogs(name, {signal, tailLines: LOG_LINES})
}
