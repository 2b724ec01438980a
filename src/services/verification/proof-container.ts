import type {StepHandle} from '../../engine/work.js'
import {formatDuration} from '../../model/duration.js'
import {isVicnfsError, VicnfsError} from '../../model/vicnfs-error.js'
import type {VchApi} from '../../vch/vch-api.js'
import {proofLabels} from './leftovers.js'

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
  readonly step: StepHandle
  readonly leftovers: {containers: string[]}
  /** How long a started container may take to end. */
  readonly timeoutMs: number
}

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

/**
 * Runs the container (again, if it is there) to its end.
 * @returns exit code and what it said since this start
 * @throws VN-VERIFY-FAILED when it does not end in time
 */
export async function runToEnd(
  api: VchApi,
  container: ProofContainer,
  options: ProofRun,
): Promise<{readonly exitCode: number; readonly log: string}> {
  const {step, leftovers, timeoutMs} = options
  const call = {signal: step.signal}
  const present = await api.inspectContainer(container.name, call)
  const id =
    present?.id ??
    (await api.createContainer(
      {
        name: container.name,
        image: container.image,
        command: ['sh', '-c', container.script],
        env: {VICNFS_TEXT: container.text},
        labels: proofLabels(),
        binds: [{volume: container.volume, destination: container.mountPoint}],
        workingDir: container.mountPoint,
        ...(container.network === undefined ? {} : {network: container.network}),
        ...(container.user === undefined ? {} : {user: container.user}),
      },
      call,
    ))
  if (present === undefined) leftovers.containers.push(id)
  await api.startContainer(id, call)
  const exitCode = await api.waitContainer(id, {...call, timeoutMs}).catch((error: unknown) => {
    throw neverEnded(error, container.name, timeoutMs)
  })
  return {exitCode, log: await api.containerLogs(id, {...call, tailLines: 50})}
}

/** The same, where anything but exit code 0 is a failed proof. @throws VN-VERIFY-FAILED */
export async function runProofContainer(api: VchApi, container: ProofContainer, options: ProofRun): Promise<string> {
  const {exitCode, log} = await runToEnd(api, container, options)
  if (exitCode === 0) return log
  const words = log.split('\n').filter((line) => line.trim() !== '')
  throw new VicnfsError('VN-VERIFY-FAILED', `The container "${container.name}" ended with exit code ${exitCode}.`, {
    reason: words.length === 0 ? 'It said nothing.' : `It said: ${words.slice(-3).join(' | ')}`,
    details: {log: words},
  })
}
