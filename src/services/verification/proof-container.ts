import type {StepHandle} from '../../engine/work.js'
import {VicnfsError} from '../../model/vicnfs-error.js'
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

/** Runs the container (again, if it is there) to its end. @returns exit code and what it said since this start */
export async function runToEnd(
  api: VchApi,
  container: ProofContainer,
  options: {readonly step: StepHandle; readonly leftovers: {containers: string[]}},
): Promise<{readonly exitCode: number; readonly log: string}> {
  const {step, leftovers} = options
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
  const exitCode = await api.waitContainer(id, call)
  return {exitCode, log: await api.containerLogs(id, {...call, tailLines: 50})}
}

/** The same, where anything but exit code 0 is a failed proof. @throws VN-VERIFY-FAILED */
export async function runProofContainer(
  api: VchApi,
  container: ProofContainer,
  options: {readonly step: StepHandle; readonly leftovers: {containers: string[]}},
): Promise<string> {
  const {exitCode, log} = await runToEnd(api, container, options)
  if (exitCode === 0) return log
  const words = log.split('\n').filter((line) => line.trim() !== '')
  throw new VicnfsError('VN-VERIFY-FAILED', `The container "${container.name}" ended with exit code ${exitCode}.`, {
    reason: words.length === 0 ? 'It said nothing.' : `It said: ${words.slice(-3).join(' | ')}`,
    details: {log: words},
  })
}
