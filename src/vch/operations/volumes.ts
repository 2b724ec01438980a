import {VicnfsError} from '../../model/vicnfs-error.js'
import type {Door} from '../door/door.js'
import {pathPart, withQuery} from '../door/request.js'
import {isMissing, unless, type ApiFailure} from '../failures/api-failure.js'
import {notDockerError, sentence} from '../failures/general-error.js'
import type {CallOptions, VchInfo, VchVolume, VolumeRequest} from '../vch-api.js'
import {VCH_VOLUME_DRIVER, volumeView, type RawVolume} from './volume-view.js'

/** A volume is a disk to be made or removed in vSphere. */
const VOLUME_LIMIT_MS = 180_000
const READ_LIMIT_MS = 60_000

export async function inspectVolume(door: Door, name: string, options?: CallOptions): Promise<VchVolume | undefined> {
  const kind = {doing: `inspect volume ${name}`, limitMs: READ_LIMIT_MS}
  return door.call(kind, options, async (docker, signal) => {
    const raw = await unless(isMissing, docker.getVolume(pathPart(name)).inspect({abortSignal: signal}))
    if (raw === undefined) return undefined
    if (typeof raw.Name !== 'string') throw notDockerError(door.endpoint)
    return volumeView(raw)
  })
}

export async function listVolumes(door: Door, options?: CallOptions): Promise<readonly VchVolume[]> {
  return door.call({doing: 'list its volumes', limitMs: READ_LIMIT_MS}, options, async (docker, signal) => {
    const answer = (await docker.listVolumes({abortSignal: signal})) as {Volumes?: readonly RawVolume[] | null}
    if (answer.Volumes === undefined) throw notDockerError(door.endpoint)
    return (answer.Volumes ?? []).map(volumeView)
  })
}

/**
 * Makes a volume unless it exists. VIC answers 500 for an existing one, where Docker answers with it.
 * @param kind the other end: a VCH wants its driver named and takes store and capacity, an engine's driver takes
 * neither
 */
export async function createVolume(
  door: Door,
  request: VolumeRequest,
  {kind, ...options}: CallOptions & {readonly kind: VchInfo['kind']},
): Promise<{readonly created: boolean; readonly volume: VchVolume}> {
  const before = await inspectVolume(door, request.name, options)
  if (before !== undefined) return {created: false, volume: before}
  const created = await sendCreate(door, request, {kind, ...options})
  const volume = await inspectVolume(door, request.name, options)
  if (volume === undefined) {
    throw new VicnfsError('VN-VCH-API', `Volume ${request.name} was made, but is not there.`)
  }
  return {created, volume}
}

async function sendCreate(
  door: Door,
  request: VolumeRequest,
  {kind, ...options}: CallOptions & {readonly kind: VchInfo['kind']},
): Promise<boolean> {
  const call = {
    doing: `make volume ${request.name}`,
    limitMs: VOLUME_LIMIT_MS,
    explain: (failure: ApiFailure) => explainCreate(failure, request, door),
  }
  return door.call(call, options, async (docker, signal) => {
    const body = createBody(request, kind)
    const made = await unless(existsAlready, docker.createVolume(withQuery({}, body, signal)))
    return made !== undefined
  })
}

function createBody(request: VolumeRequest, kind: VchInfo['kind']): Record<string, unknown> {
  const common = {Name: request.name, Labels: request.labels ?? {}}
  if (kind === 'docker-engine') return {...common, Driver: 'local'}
  const driverOptions = {
    ...(request.store === undefined ? {} : {VolumeStore: request.store}),
    ...(request.capacityMb === undefined ? {} : {Capacity: String(request.capacityMb)}),
  }
  return {...common, Driver: VCH_VOLUME_DRIVER, DriverOpts: driverOptions}
}

function existsAlready({message}: ApiFailure): boolean {
  return /volume named .* already exists/i.test(message)
}

function explainCreate({message, status}: ApiFailure, {name}: VolumeRequest, door: Door): VicnfsError | undefined {
  const details = {endpoint: door.endpoint.text, status, answer: message}
  const store = /no volume store named \((.*?)\) exists/i.exec(message)?.[1]
  if (store !== undefined) {
    return new VicnfsError('VN-VCH-STORE-UNKNOWN', `The VCH has no volume store "${store}" online.`, {details})
  }
  if (/bad driver value|includes invalid characters|error looking up volume plugin/i.test(message)) {
    return new VicnfsError('VN-VCH-VOLUME-REFUSED', `Volume ${name} was not made: ${sentence(message)}`, {details})
  }
  return undefined
}

/** Idempotent: no error when it is gone already. */
export async function removeVolume(door: Door, name: string, options?: CallOptions): Promise<void> {
  const kind = {
    doing: `remove volume ${name}`,
    limitMs: VOLUME_LIMIT_MS,
    explain: (failure: ApiFailure) => explainRemove(failure, name),
  }
  await door.call(kind, options, async (docker, signal) => {
    await unless(isMissing, docker.getVolume(pathPart(name)).remove({abortSignal: signal}))
  })
}

function explainRemove({message, status}: ApiFailure, name: string): VicnfsError | undefined {
  if (status !== 409 && !/in use/i.test(message)) return undefined
  const container =
    /in use by (?:container )?\[?([0-9a-f]{12,64})/i.exec(message)?.[1] ?? /\[([0-9a-f]{12,64})/.exec(message)?.[1]
  const holder = container === undefined ? 'a container' : `container ${container.slice(0, 12)}`
  return new VicnfsError('VN-VCH-VOLUME-IN-USE', `Volume ${name} cannot be removed while ${holder} has it.`, {
    details: {volume: name, ...(container === undefined ? {} : {container})},
  })
}
