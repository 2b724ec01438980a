import {askedPorts, portRange} from '../containers/create-request.js'
import {objectField, textField, type JsonObject} from '../containers/json-fields.js'
import {portLayerError, VchError} from '../containers/vch-error.js'
import type {NetworkState} from '../state/sandbox-state.js'

/** What the port layer refuses of published ports; ranges of host ports are refused before. @throws VchError 500 */
export function checkPorts(network: NetworkState, body: JsonObject): void {
  for (const {containerPorts, protocol, hostPort} of askedPorts(body)) {
    if (!['tcp', 'udp'].includes(protocol)) throw portLayerError(`Invalid proto: ${protocol}`)
    const range = portRange(containerPorts)
    if (range === undefined) throw portLayerError(`Invalid containerPort: ${containerPorts}`)
    if (hostPort === '') continue
    if (portRange(hostPort) === undefined) throw portLayerError(`Invalid hostPort: ${hostPort}`)
    if (range[0] === range[1]) continue
    if (network.driver === 'external') {
      throw portLayerError(
        `ports published on external networks cannot include both a redirect and a range (${hostPort}:${containerPorts}/${protocol})`,
      )
    }
    throw portLayerError(`Invalid ranges specified for container and host Ports: ${containerPorts} and ${hostPort}`)
  }
}

/** The first item of `CpusetCpus` is a number of processors (facts/vch-docker-api.md § 3.1). @throws VchError 500 */
export function checkProcessors(body: JsonObject): void {
  const given = textField(objectField(body, 'HostConfig'), 'CpusetCpus')
  const [count = ''] = given.split(',')
  if (given === '' || /^\d{1,4}$/.test(count)) return
  throw new VchError(
    500,
    `vicnfs sandbox (engine process): CpusetCpus ${JSON.stringify(given)} begins with no number of processors`,
  )
}
