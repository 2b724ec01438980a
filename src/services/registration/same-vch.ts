import {shellQuote} from '../../model/redaction.js'
import {VicnfsError} from '../../model/vicnfs-error.js'
import type {VchApi, VchInfo} from '../../vch/vch-api.js'
import type {VchConfiguration} from '../../vic-machine/vic-machine-api.js'
import type {Adapters} from '../adapters.js'

/** `inspect config` leaves out what is vic-machine's default (facts/vic-machine.md § 1). */
const UNPRINTED_NAME = 'virtual-container-host'

/**
 * Proves that a Docker API and what vic-machine shows are one VCH: by endpoint, and by name where the API says one (S10).
 * @throws VN-DIFFERENT-VCH
 */
export async function proveSame(
  adapters: Pick<Adapters, 'sameEndpoint'> & {readonly consumer: Pick<VchApi, 'endpoint'>},
  seen: {
    readonly info: Pick<VchInfo, 'name'> | undefined
    readonly dockerHost: string
    readonly configuration: Pick<VchConfiguration, 'name'>
  },
  signal: AbortSignal,
): Promise<void> {
  const {info, dockerHost, configuration} = seen
  const sameEndpoint = await adapters.sameEndpoint(adapters.consumer.endpoint, dockerHost, {signal})
  const sameName = info === undefined || info.name === (configuration.name ?? UNPRINTED_NAME)
  if (sameEndpoint && sameName) return
  const docker = info === undefined ? adapters.consumer.endpoint : `${adapters.consumer.endpoint} ("${info.name}")`
  const message = `The Docker API ${docker} and the VCH of vic-machine ("${configuration.name ?? UNPRINTED_NAME}", ${dockerHost}) are not the same.`
  throw new VicnfsError('VN-DIFFERENT-VCH', message, {
    reason: 'One VCH would be looked at and another one changed.',
    tries: [
      `export VICNFS_CONSUMER_HOST=${dockerHost}`,
      ...(info === undefined ? [] : [shellQuote(['export', `VICNFS_VCH=${info.name}`])]),
    ],
  })
}
