import type {Check} from '../../model/check.js'
import {dockerCommand} from '../../model/docker-command.js'
import type {ExamineContext} from './context.js'
import {WITHOUT_CONSUMER, WITHOUT_SERVER} from './context.js'
import type {DockerSights} from './sights.js'
import {check, needed, ok, warning, type Verdict} from './verdict.js'

async function imageVerdict(
  sights: DockerSights,
  options: {readonly image: string; readonly without: string; readonly use: string},
): Promise<Verdict> {
  const {image, without, use} = options
  await needed(sights.info(), without)
  const {api} = await sights.side()
  if (await api.hasImage(image, sights.call)) return ok(`${image} is there.`)
  return warning(`${image} is not there; ${use} pulls it, and whether it can be pulled is not known before.`, {
    fix: [dockerCommand(api.endpoint, ['pull', image])],
  })
}

/** Whether the server image is where it is needed. */
export async function examineImages({adapters, options, sights}: ExamineContext): Promise<Check[]> {
  const {image} = options
  const server = {image, without: WITHOUT_SERVER, use: 'expose-volume'}
  const consumer = {image, without: WITHOUT_CONSUMER, use: 'verify'}
  return Promise.all([
    check('image.server', 'On the server VCH', () => imageVerdict(sights.server, server)),
    ...(adapters.split
      ? [check('image.consumer', 'On the consumer VCH', () => imageVerdict(sights.consumer, consumer))]
      : []),
  ])
}
