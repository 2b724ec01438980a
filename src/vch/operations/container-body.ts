import {VicnfsError} from '../../model/vicnfs-error.js'
import type {ContainerRequest} from '../vch-api.js'

const VOLUME_NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/
const BYTES_PER_MIB = 1024 * 1024

/**
 * The body of a create: only what VIC honours (facts/vch-docker-api.md §§ 2.3, 3.1), that is `Binds`, never `Mounts`,
 * and TCP ports under their own number.
 * @throws VN-SETTING-BAD for a bind that is not a named volume: VIC refuses folders, and Docker would mount the host's
 */
export function containerBody(request: ContainerRequest): Record<string, unknown> {
  const ports = (request.ports ?? []).map((port) => [`${port}/tcp`, String(port)] as const)
  return {
    Image: request.image,
    ...given('Cmd', request.command),
    ...given('Env', request.env && Object.entries(request.env).map(([name, value]) => `${name}=${value}`)),
    ...given('Labels', request.labels),
    ...given('WorkingDir', request.workingDir),
    ...given('User', request.user),
    ...given('StopTimeout', request.stopTimeoutS),
    ExposedPorts: Object.fromEntries(ports.map(([port]) => [port, {}])),
    HostConfig: {
      Binds: (request.binds ?? []).map(bindText),
      PortBindings: Object.fromEntries(ports.map(([port, number]) => [port, [{HostPort: number}]])),
      ...given('NetworkMode', request.network),
      ...given('Memory', request.memoryMb && request.memoryMb * BYTES_PER_MIB),
      ...given('CapAdd', request.capabilities),
    },
    ...networking(request),
  }
}

function given<K extends string>(name: K, value: unknown): Partial<Record<K, unknown>> {
  return value === undefined ? {} : ({[name]: value} as Record<K, unknown>)
}

function bindText({volume, destination, readOnly}: NonNullable<ContainerRequest['binds']>[number]): string {
  if (!VOLUME_NAME.test(volume) || !destination.startsWith('/') || destination.includes(':')) {
    throw new VicnfsError('VN-SETTING-BAD', `"${volume}:${destination}" is not a named volume at an absolute path.`, {
      reason: 'A VCH mounts volumes only; their names have letters, digits, "_", "." and "-".',
    })
  }
  return `${volume}:${destination}${readOnly === true ? ':ro' : ''}`
}

/** Exactly one network; its fixed address only where one is asked for. */
function networking({network, address}: ContainerRequest): Record<string, unknown> {
  if (network === undefined) return {}
  const endpoint = address === undefined ? {} : {IPAMConfig: {IPv4Address: address}}
  return {NetworkingConfig: {EndpointsConfig: {[network]: endpoint}}}
}
