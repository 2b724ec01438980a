import type {Endpoint} from './endpoint/endpoint.js'
import {openDocker} from './door/docker-client.js'
import {openDoor, type Door} from './door/door.js'
import {containerLogs} from './operations/container-logs.js'
import {removeContainer, startContainer, stopContainer} from './operations/container-life.js'
import {waitContainer} from './operations/container-wait.js'
import {createContainer, inspectContainer, listContainers} from './operations/containers.js'
import {execInContainer} from './operations/exec.js'
import {hasImage, pullImage} from './operations/images.js'
import {readInfo} from './operations/info.js'
import {readApiVersions} from './operations/api-version.js'
import {listNetworks} from './operations/networks.js'
import {createVolume, inspectVolume, listVolumes, removeVolume} from './operations/volumes.js'
import type {CallOptions, VchApi, VchInfo} from './vch-api.js'

export interface ConnectOptions {
  /** A time limit for every call that sets none itself, in place of the limits per kind of call. */
  readonly timeoutMs?: number
}

/**
 * A VCH's Docker API at an endpoint. Nothing is contacted yet: the first call says whether anything is there. Every
 * call throws VN-VCH-… errors: UNREACHABLE, TIMEOUT and PORT-LAYER-DOWN pass (`isUnreachable`), the others stay; an
 * aborted call throws the signal's reason.
 * @throws VN-VCH-CERT-BAD
 */
export async function connectVch(endpoint: Endpoint, {timeoutMs}: ConnectOptions = {}): Promise<VchApi> {
  const door = openDoor(endpoint, await openDocker(endpoint))
  return apiBehind(timeoutMs === undefined ? door : withDefaultLimit(door, timeoutMs))
}

function withDefaultLimit(door: Door, timeoutMs: number): Door {
  return {...door, call: (kind, options, work) => door.call({...kind, limitMs: timeoutMs}, options, work)}
}

function apiBehind(door: Door): VchApi {
  const kindOf = rememberedKind(door)
  return {
    endpoint: door.endpoint.text,
    info: (options) => readInfo(door, options),
    apiVersions: (options) => readApiVersions(door, options),
    networks: (options) => listNetworks(door, options),
    inspectVolume: (name, options) => inspectVolume(door, name, options),
    listVolumes: (options) => listVolumes(door, options),
    createVolume: async (request, options) => createVolume(door, request, {...options, kind: await kindOf(options)}),
    removeVolume: (name, options) => removeVolume(door, name, options),
    listContainers: (filter, options) => listContainers(door, filter, options),
    inspectContainer: (idOrName, options) => inspectContainer(door, idOrName, options),
    createContainer: (request, options) => createContainer(door, request, options),
    startContainer: (id, options) => startContainer(door, id, options),
    stopContainer: (id, options) => stopContainer(door, id, options),
    removeContainer: (id, options) => removeContainer(door, id, options),
    waitContainer: (id, options) => waitContainer(door, id, options),
    containerLogs: (id, options) => containerLogs(door, id, options),
    exec: (container, command, options) => execInContainer(door, container, {...options, command}),
    hasImage: (reference, options) => hasImage(door, reference, options),
    pullImage: (reference, options) => pullImage(door, reference, options),
  }
}

/** What is at the other end does not change, so it is asked once, and again only after a failure. */
function rememberedKind(door: Door): (options?: CallOptions) => Promise<VchInfo['kind']> {
  let kind: VchInfo['kind'] | undefined
  return async (options) => {
    kind ??= (await readInfo(door, options)).kind
    return kind
  }
}
