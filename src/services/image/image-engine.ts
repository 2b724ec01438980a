import {homedir} from 'node:os'

import type {Work} from '../../engine/work.js'
import type {OnEvent} from '../../model/event.js'
import {shellQuote} from '../../model/redaction.js'
import {VicnfsError} from '../../model/vicnfs-error.js'
import type {ImageApi} from '../../vch/image-api.js'
import type {EndpointWish} from '../connect.js'

type Environment = Readonly<Record<string, string | undefined>>

/** What building and pushing work on. */
export interface ImageAdapters {
  readonly engine: ImageApi
  /** For docker's own credentials. */
  readonly environment: Environment
  readonly homeDirectory: string
}

/**
 * Connects the Docker Engine that builds and pushes. Nothing is contacted yet.
 * @throws VN-VCH-NO-ENDPOINT, VN-VCH-CERT-…, VN-SETTING-BAD
 */
export async function connectImageEngine(
  wish: EndpointWish,
  options: {readonly environment: Environment; readonly signal: AbortSignal; readonly onEvent?: OnEvent},
): Promise<ImageAdapters> {
  const {environment, signal, onEvent} = options
  const {connectImages} = await import('../../vch/connect-images.js')
  const {resolveEndpoint} = await import('../../vch/endpoint/resolve-endpoint.js')
  const homeDirectory = homedir()
  const onWarning = (text: string): void => onEvent?.({type: 'note', level: 'warning', text})
  const engine = await connectImages(await resolveEndpoint(wish, environment, {homeDirectory, signal, onWarning}))
  return {engine, environment, homeDirectory}
}

/**
 * Refuses a VCH, which DOCKER_HOST often names: VIC has neither `build` nor `push` (facts/vch-docker-api.md § 5).
 * @param command what was asked for, as words of vicnfs
 * @throws VN-IMAGE-ENGINE
 */
export async function demandEngine(engine: ImageApi, command: readonly string[], work: Work): Promise<void> {
  await work.step('engine', 'Look at the Docker Engine', async (step) => {
    const {kind, name, version} = await engine.info({signal: step.signal})
    if (kind === 'docker-engine') {
      step.unchanged(`Docker ${version} on ${name}`)
      return
    }
    const local = ['vicnfs', ...command, '--host', 'unix:///var/run/docker.sock']
    throw new VicnfsError(
      'VN-IMAGE-ENGINE',
      `${engine.endpoint} is the VCH "${name}", which can neither build nor push images.`,
      {
        tries: [shellQuote(local)],
        details: {endpoint: engine.endpoint, name, version},
      },
    )
  })
}
