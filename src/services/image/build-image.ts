import {runWork} from '../../engine/work.js'
import {imageReferenceText, parseImageReference} from '../../model/image-reference.js'
import {SERVER_IMAGE} from '../../model/server-image.js'
import type {ServiceOptions} from '../adapters.js'
import {demandEngine, type ImageAdapters} from './image-engine.js'
import {imageFolder} from './image-folder.js'

export interface BuildImageOptions {
  readonly tag: string
  /** The image to start from, in place of the Dockerfile's own. */
  readonly base?: string
  /** Run every step again, so that its packages are today's. */
  readonly noCache: boolean
}

export interface BuildImageResult {
  readonly outcome: 'built' | 'unchanged'
  readonly unchanged: boolean
  readonly image: {
    readonly reference: string
    /** `sha256:…` */
    readonly id: string
    readonly sizeBytes: number
  }
  /** The Docker Engine that has it now. */
  readonly endpoint: string
}

/**
 * Builds the server image on a Docker Engine. Run again, nothing changes while the files and the base are the same.
 * @throws VN-IMAGE-…, VN-VCH-…
 */
export async function buildServerImage(
  options: BuildImageOptions,
  {engine}: ImageAdapters,
  serviceOptions: ServiceOptions,
): Promise<BuildImageResult> {
  const reference = imageReferenceText(parseImageReference(options.tag))
  return runWork(async (work) => {
    await demandEngine(engine, ['image', 'build', ...tagFlag(options.tag)], work)
    const contextFolder = await imageFolder()
    const before = await engine.inspectImage(reference, {signal: work.signal})
    const buildArgs: Record<string, string> = options.base === undefined ? {} : {BASE: options.base}
    const image = await work.step('build', `Build ${reference} from ${contextFolder}`, async (step) => {
      const built = await engine.buildImage(
        {contextFolder, tag: reference, buildArgs, noCache: options.noCache},
        {
          signal: step.signal,
          onStep: (text) => step.progress(text),
          onOutput: (text) => work.note('detail', text),
        },
      )
      if (built.id === before?.id) step.unchanged('it was built from these files already')
      return built
    })
    const unchanged = image.id === before?.id
    const outcome = unchanged ? 'unchanged' : 'built'
    return {outcome, unchanged, image: {reference, ...image}, endpoint: engine.endpoint}
  }, serviceOptions)
}

function tagFlag(tag: string): readonly string[] {
  return tag === SERVER_IMAGE ? [] : ['--tag', tag]
}
