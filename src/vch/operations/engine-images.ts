import {readdir} from 'node:fs/promises'

import {imageReferenceText, type ImageReference} from '../../model/image-reference.js'
import {redact} from '../../model/redaction.js'
import {VicnfsError} from '../../model/vicnfs-error.js'
import type {Door} from '../door/door.js'
import {getJson, pathPart, withQuery} from '../door/request.js'
import {isMissing, unless, type ApiFailure} from '../failures/api-failure.js'
import {notDockerError, sentence} from '../failures/general-error.js'
import {pushError, unknownImage} from '../failures/push-error.js'
import type {BuildRequest, LocalImage, PushedImage} from '../image-api.js'
import type {CallOptions} from '../vch-api.js'
import {followBuild, type BuildEnd, type BuildWatcher} from './build-stream.js'
import {followPush} from './push-stream.js'

const LOOK_LIMIT_MS = 60_000
/** Packages and layers may have to come through a slow line. */
const MOVE_LIMIT_MS = 3_600_000

/** @returns undefined when the Engine has no such image */
export async function inspectImage(
  door: Door,
  reference: string,
  options?: CallOptions,
): Promise<LocalImage | undefined> {
  const kind = {doing: `look up image ${reference}`, limitMs: LOOK_LIMIT_MS}
  return door.call(kind, options, async (docker, signal) => {
    const raw = await unless(isMissing, getJson(docker, `/images/${pathPart(reference)}/json`, signal))
    if (raw === undefined) return undefined
    const {Id, Size} = raw as {Id?: unknown; Size?: unknown}
    if (typeof Id !== 'string') throw notDockerError(door.endpoint)
    return {id: Id, sizeBytes: typeof Size === 'number' ? Size : 0}
  })
}

/** Builds with the classic builder, which every Engine has. @throws VN-IMAGE-BUILD-FAILED */
export async function buildImage(
  door: Door,
  request: BuildRequest,
  options: CallOptions & BuildWatcher = {},
): Promise<LocalImage> {
  const {contextFolder, tag, buildArgs, noCache} = request
  const kind = {
    doing: `build image ${tag}`,
    limitMs: MOVE_LIMIT_MS,
    explain: (failure: ApiFailure) =>
      failure.isHtml ? undefined : buildError(tag, {failure: failure.message, tail: []}),
  }
  const query = {t: tag, buildargs: JSON.stringify(buildArgs), rm: true, forcerm: true, nocache: noCache}
  await door.call(kind, options, async (docker, signal) => {
    const context = {context: contextFolder, src: await readdir(contextFolder)}
    const end = await followBuild(await docker.buildImage(context, withQuery(query, {}, signal)), options)
    if (end.failure !== undefined) throw buildError(tag, end)
  })
  const built = await inspectImage(door, tag, options)
  if (built === undefined) throw buildError(tag, {failure: 'the Engine has no such image afterwards', tail: []})
  return built
}

function buildError(tag: string, {failure = '', step, tail}: BuildEnd): VicnfsError {
  // The Engine's own sentence quotes the command.
  const where = step === undefined ? '' : `${step.split(':', 1)[0] ?? ''} failed: `
  return new VicnfsError('VN-IMAGE-BUILD-FAILED', `Image ${tag} was not built: ${where}${sentence(failure)}`, {
    ...(tail.length === 0 ? {} : {reason: ['The last lines of its output:', ...tail].join('\n')}),
    details: {image: tag, answer: failure, ...(step === undefined ? {} : {step}), output: tail},
  })
}

/** @throws VN-IMAGE-UNKNOWN */
export async function tagImage(
  door: Door,
  source: string,
  target: ImageReference,
  options?: CallOptions,
): Promise<void> {
  const name = imageReferenceText(target)
  const kind = {
    doing: `tag image ${source} as ${name}`,
    limitMs: LOOK_LIMIT_MS,
    explain: (failure: ApiFailure) => (isMissing(failure) ? unknownImage(source) : undefined),
  }
  const {tag = 'latest'} = target
  const query = {repo: name.slice(0, -(tag.length + 1)), tag}
  await door.call(kind, options, async (docker, signal) => {
    await docker.getImage(pathPart(source)).tag({...query, ...withQuery(query, {}, signal)})
  })
}

/**
 * Pushes an image under its reference. The door must carry the login (`openDocker`).
 * @param secrets what the answers must not be shown with, should a registry repeat it
 * @throws VN-IMAGE-UNKNOWN, VN-REGISTRY-…
 */
export async function pushImage(
  door: Door,
  reference: ImageReference,
  options: CallOptions & {readonly secrets: readonly string[]; readonly onProgress?: (text: string) => void},
): Promise<PushedImage> {
  const {secrets, onProgress} = options
  const name = imageReferenceText(reference)
  const refused = (message: string) => pushError(redact(message, secrets), reference)
  const kind = {
    doing: `push image ${name}`,
    limitMs: MOVE_LIMIT_MS,
    explain: (failure: ApiFailure) => (failure.isHtml ? undefined : refused(failure.message)),
  }
  const tag = reference.tag ?? 'latest'
  const repository = name.slice(0, -(tag.length + 1))
  return door.call(kind, options, async (docker, signal) => {
    const stream = await docker.getImage(pathPart(repository)).push(withQuery({tag}, {}, signal))
    const {failure, digest, sent, present} = await followPush(stream, onProgress)
    if (failure !== undefined) throw refused(failure)
    if (digest === undefined) throw refused('the Engine did not say which digest the registry has now')
    return {digest, layers: {sent, present}}
  })
}
