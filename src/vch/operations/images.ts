import type {Door} from '../door/door.js'
import {getJson, pathPart, withQuery} from '../door/request.js'
import {isMissing, unless, type ApiFailure} from '../failures/api-failure.js'
import {explainPull, pullError} from '../failures/pull-error.js'
import {notDockerError} from '../failures/general-error.js'
import type {CallOptions} from '../vch-api.js'
import {followPull} from './pull-stream.js'

/** Layers go through the VCH to the datastore. */
const PULL_LIMIT_MS = 1_800_000

export async function hasImage(door: Door, reference: string, options?: CallOptions): Promise<boolean> {
  const kind = {doing: `look up image ${reference}`, limitMs: 60_000}
  return door.call(kind, options, async (docker, signal) => {
    const raw = await unless(isMissing, getJson(docker, `/images/${pathPart(reference)}/json`, signal))
    if (raw !== undefined && typeof (raw as {Id?: unknown}).Id !== 'string') throw notDockerError(door.endpoint)
    return raw !== undefined
  })
}

/**
 * Has the VCH pull an image; errors inside its progress stream are errors here (facts/vch-docker-api.md § 5).
 * @throws VN-VCH-IMAGE-MISSING, VN-VCH-IMAGE-SCHEMA, VN-VCH-IMAGE-DENIED, VN-VCH-PULL-FAILED
 */
export async function pullImage(
  door: Door,
  reference: string,
  {onProgress, ...options}: CallOptions & {readonly onProgress?: (text: string) => void} = {},
): Promise<void> {
  const kind = {
    doing: `pull image ${reference}`,
    limitMs: PULL_LIMIT_MS,
    explain: (failure: ApiFailure) => explainPull(failure, reference),
  }
  await door.call(kind, options, async (docker, signal) => {
    const stream = await docker.createImage(withQuery(pullQuery(reference), {}, signal))
    const said = await followPull(stream, onProgress)
    if (said !== undefined) throw pullError({status: 200, message: said, isHtml: false}, reference)
  })
}

/** The name and its tag or digest, apart as the docker CLI sends them. */
export function pullQuery(reference: string): {fromImage: string; tag: string} {
  const digest = /^(.+)@(\w+:[0-9a-fA-F]+)$/.exec(reference)
  if (digest !== null) return {fromImage: withoutTag(digest[1] ?? ''), tag: digest[2] ?? ''}
  const tag = /:([\w][\w.-]*)$/.exec(reference)?.[1] ?? 'latest'
  return {fromImage: withoutTag(reference), tag}
}

/** A colon before the last slash belongs to a registry's port. */
function withoutTag(reference: string): string {
  return reference.replace(/:[\w][\w.-]*$/, '')
}
