import {dockerCommand} from '../../model/docker-command.js'
import {isVicnfsError, VicnfsError} from '../../model/vicnfs-error.js'
import type {Door} from '../door/door.js'
import {pathPart, withQuery} from '../door/request.js'
import {isMissing, unless, type ApiFailure} from '../failures/api-failure.js'
import {explainContainerRemove, explainContainerStart, shortId} from '../failures/container-error.js'
import type {CallOptions} from '../vch-api.js'
import {listContainers} from './containers.js'

/** VIC gives a start three minutes of its own, after retries for a busy disk (facts/vch-docker-api.md §§ 2.3, 3.3). */
const START_LIMIT_MS = 360_000
const DEFAULT_GRACE_S = 10
/** Conflicts are retried inside VIC for up to two minutes (facts/vch-docker-api.md § 3.4). */
const STOP_EXTRA_MS = 150_000

const isDone = ({status}: ApiFailure): boolean => status === 304

/**
 * No error when it runs already.
 * @throws VN-VCH-VOLUME-BUSY, VN-VCH-MOUNT-FAILED, VN-VCH-START-FAILED, VN-VCH-CONTAINER-MISSING
 */
export async function startContainer(door: Door, id: string, options?: CallOptions): Promise<void> {
  const kind = {
    doing: `start container ${shortId(id)}`,
    limitMs: START_LIMIT_MS,
    explain: (failure: ApiFailure) => explainContainerStart(failure, id),
  }
  try {
    await door.call(kind, options, async (docker, signal) => {
      await unless(isDone, docker.getContainer(pathPart(id)).start({abortSignal: signal}))
    })
  } catch (error) {
    throw await withHolder(error, door, {id, ...options})
  }
}

/** Names the container that has a busy volume, when it can be found out. */
async function withHolder(
  error: unknown,
  door: Door,
  {id, signal}: CallOptions & {readonly id: string},
): Promise<unknown> {
  const volume = isVicnfsError(error) && error.code === 'VN-VCH-VOLUME-BUSY' ? error.details['volume'] : undefined
  if (!isVicnfsError(error) || typeof volume !== 'string') return error
  const users = await listContainers(door, {volume}, signal === undefined ? {} : {signal}).catch(() => [])
  const holder = users.find((user) => user.id !== id && user.name !== id && user.state === 'running')
  if (holder === undefined) return error
  const named = `container ${holder.name || shortId(holder.id)}`
  return new VicnfsError('VN-VCH-VOLUME-BUSY', error.message.replace('another running container', named), {
    details: {...error.details, holder: {id: holder.id, name: holder.name}},
    tries: [dockerCommand(door.endpoint.text, ['stop', holder.name || shortId(holder.id)])],
  })
}

/** No error when it is stopped or gone already. */
export async function stopContainer(
  door: Door,
  id: string,
  {graceS = DEFAULT_GRACE_S, ...options}: CallOptions & {readonly graceS?: number} = {},
): Promise<void> {
  const kind = {doing: `stop container ${shortId(id)}`, limitMs: 2000 * graceS + STOP_EXTRA_MS}
  await door.call(kind, options, async (docker, signal) => {
    const stop = docker.getContainer(pathPart(id)).stop(withQuery({t: graceS}, {}, signal))
    await unless((failure) => isDone(failure) || isMissing(failure), stop)
  })
}

/** No error when it is gone already; never removes a named volume. @throws VN-VCH-CONTAINER-RUNNING */
export async function removeContainer(
  door: Door,
  id: string,
  {force = false, ...options}: CallOptions & {readonly force?: boolean} = {},
): Promise<void> {
  const kind = {
    doing: `remove container ${shortId(id)}`,
    limitMs: 2000 * DEFAULT_GRACE_S + STOP_EXTRA_MS,
    explain: (failure: ApiFailure) => explainContainerRemove(failure, id),
  }
  await door.call(kind, options, async (docker, signal) => {
    await unless(isMissing, docker.getContainer(pathPart(id)).remove({force, v: false, abortSignal: signal}))
  })
}
