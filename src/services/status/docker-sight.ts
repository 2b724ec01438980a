import {isVicnfsError, messageOf, VicnfsError} from '../../model/vicnfs-error.js'
import {isUnreachable} from '../../vch/failures/is-unreachable.js'
import type {ContainerSummary, VchApi, VchInfo, VchNetwork, VchVolume} from '../../vch/vch-api.js'

/** One VCH as its Docker API shows it, in three calls however much is on it. */
export interface DockerSight {
  readonly api: VchApi
  /** undefined while it does not answer. */
  readonly info: VchInfo | undefined
  /** Why it is not running. */
  readonly error: VicnfsError | undefined
  readonly containers: readonly ContainerSummary[]
  readonly volumes: readonly VchVolume[]
  /** Asked for when first needed. */
  networks(): Promise<readonly VchNetwork[]>
}

function downSight(api: VchApi, error: unknown, info?: VchInfo): DockerSight {
  const why = isVicnfsError(error) ? error : new VicnfsError('VN-VCH-NOT-RUNNING', messageOf(error))
  return {api, info, error: why, containers: [], volumes: [], networks: () => Promise.resolve([])}
}

/**
 * Looks at a VCH; one that does not answer is a sight like any other.
 * @throws what is no matter of a VCH being down: VN-VCH-CERT-…, VN-VCH-NOT-DOCKER, the signal's reason
 */
export async function lookAtDocker(api: VchApi, options: {readonly signal: AbortSignal}): Promise<DockerSight> {
  const {signal} = options
  let info: VchInfo | undefined
  try {
    info = await api.info({signal})
    if (!info.running) {
      return downSight(
        api,
        new VicnfsError('VN-VCH-NOT-RUNNING', `The port layer of "${info.name}" does not answer.`),
        info,
      )
    }
    const [containers, volumes] = await Promise.all([api.listContainers({}, {signal}), api.listVolumes({signal})])
    let networks: Promise<readonly VchNetwork[]> | undefined
    return {
      api,
      info,
      error: undefined,
      containers,
      volumes,
      networks: () => (networks ??= api.networks({signal})),
    }
  } catch (error) {
    if (!isUnreachable(error)) throw error
    return downSight(api, error, info)
  }
}
