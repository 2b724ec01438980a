import {runWork, type Work} from '../../engine/work.js'
import {imageReferenceText, loginKey, parseImageReference, type ImageReference} from '../../model/image-reference.js'
import {unknownImage} from '../../vch/failures/push-error.js'
import {findLogin} from '../../vch/registry/find-login.js'
import {registryLogin, type RegistryLogin} from '../../vch/registry/registry-login.js'
import type {ServiceOptions} from '../adapters.js'
import {demandEngine, type ImageAdapters} from './image-engine.js'

export interface PushImageOptions {
  /** Where it goes: `registry/path[:tag]`; without a tag, that of the local image. */
  readonly reference: string
  /** The image to push, as the Docker Engine knows it. */
  readonly tag: string
  /** In place of docker's own credentials. */
  readonly login?: {readonly username: string; readonly password: string}
}

export interface PushImageResult {
  readonly outcome: 'pushed'
  readonly reference: string
  readonly registry: string
  /** Digest of the manifest that the registry now has under this reference. */
  readonly digest: string
  readonly image: {readonly id: string; readonly sizeBytes: number}
  /** Layers that were sent, and layers that the registry had. */
  readonly layers: {readonly sent: number; readonly present: number}
}

/**
 * Pushes the server image to a registry, with the credentials that docker itself would use.
 * @throws VN-IMAGE-…, VN-REGISTRY-…, VN-VCH-…
 */
export async function pushServerImage(
  options: PushImageOptions,
  adapters: ImageAdapters,
  serviceOptions: ServiceOptions,
): Promise<PushImageResult> {
  const {engine} = adapters
  const local = imageReferenceText(parseImageReference(options.tag))
  const target = targetOf(options.reference, local)
  const reference = imageReferenceText(target)
  return runWork(async (work) => {
    await demandEngine(engine, ['image', 'push', options.reference], work)
    const image = await work.step('tag', `Name ${local} as ${reference}`, async (step) => {
      const found = await engine.inspectImage(local, {signal: step.signal})
      if (found === undefined) throw unknownImage(local)
      if ((await engine.inspectImage(reference, {signal: step.signal}))?.id === found.id)
        step.unchanged('it has that name')
      else await engine.tagImage(local, target, {signal: step.signal})
      return found
    })
    const login = await chooseLogin(target, options, adapters, work)
    const {digest, layers} = await work.step('push', `Push ${reference}`, async (step) => {
      const pushed = await engine.pushImage(target, {
        signal: step.signal,
        login,
        onProgress: (text) => step.progress(text),
      })
      step.note(`layers: ${pushed.layers.sent} sent, ${pushed.layers.present} were there`)
      return pushed
    })
    return {outcome: 'pushed', reference, registry: target.registry, digest, image, layers}
  }, serviceOptions)
}

function targetOf(text: string, local: string): ImageReference {
  const {tag = 'latest'} = parseImageReference(local)
  return {tag, ...parseImageReference(text)}
}

async function chooseLogin(
  {registry}: ImageReference,
  {login}: PushImageOptions,
  {environment, homeDirectory}: ImageAdapters,
  work: Work,
): Promise<RegistryLogin> {
  return work.step('login', `Find the login for ${registry}`, async (step) => {
    const found =
      login === undefined
        ? await findLogin(registry, {environment, homeDirectory, signal: step.signal})
        : registryLogin(loginKey(registry), login, '--username')
    step.unchanged(found.username === '' ? found.origin : `${found.username}, from ${found.origin}`)
    return found
  })
}
