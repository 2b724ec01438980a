import type {Door} from '../door/door.js'
import {getJson} from '../door/request.js'
import {notDockerError} from '../failures/general-error.js'
import type {CallOptions} from '../vch-api.js'

/** The Docker API that the other end speaks, such as `1.25`, and the oldest that it takes, where it says one. */
export interface ApiVersions {
  readonly newest: string
  readonly oldest?: string
}

export async function readApiVersions(door: Door, options?: CallOptions): Promise<ApiVersions> {
  return door.call({doing: 'say its version', limitMs: 30_000}, options, async (docker, signal) => {
    const raw = (await getJson(docker, '/version', signal)) as {ApiVersion?: unknown; MinAPIVersion?: unknown} | null
    if (typeof raw?.ApiVersion !== 'string') throw notDockerError(door.endpoint)
    return {
      newest: raw.ApiVersion,
      ...(typeof raw.MinAPIVersion === 'string' ? {oldest: raw.MinAPIVersion} : {}),
    }
  })
}
