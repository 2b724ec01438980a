import {shellQuote} from '../../model/redaction.js'
import {randomUUID} from 'node:crypto'
import type {StepHandle} from '../../engine/work.js'
import {
  LABELS,
  requestDifferences,
  ROLE_SERVER,
  serverName,
  type ShareChoice,
  type ShareRequest,
} from '../../model/share.js'
import type {Journal} from '../../journal/journal.js'
import {journalled} from '../../journal/journalled.js'
import {VicnfsError} from '../../model/vicnfs-error.js'
import type {VchApi, VchInfo} from '../../vch/vch-api.js'
import type {ServerContainer} from './find-server.js'
import {containerRequest} from './occupant.js'
import {exposeCommand} from './expose-command.js'

/** Refuses when the operator now asks for something else than the server was started with. @throws VN-SHARE-DIFFERS */
export function refuseDifferent(server: ServerContainer, wanted: ShareRequest): void {
  const differences = requestDifferences(server, wanted)
  if (differences.length === 0) return
  const shown = (value: string): string => (value === 'null' ? 'left open' : value)
  const text = differences
    .map(({field, is, wanted: asked}) => `${field} is ${shown(is)}, asked for ${shown(asked)}`)
    .join('; ')
  const isParked = 'records' in server
  throw new VicnfsError('VN-SHARE-DIFFERS', `The server container of "${wanted.name}" has other settings: ${text}.`, {
    reason: isParked
      ? 'It is parked, and comes back as it was: only then it can be made anew.'
      : 'It is left as it is: a store may depend on it.',
    tries: isParked
      ? [exposeCommand(server.request)]
      : [`${exposeCommand(wanted)} --recreate`, shellQuote(['vicnfs', 'teardown', wanted.name])],
    details: {differences},
  })
}

/** Makes the server image available; a VCH pulls it itself. */
export async function ensureImage(api: VchApi, image: string, step: StepHandle): Promise<void> {
  if (await api.hasImage(image, {signal: step.signal})) {
    step.unchanged('it is there')
    return
  }
  await api.pullImage(image, {signal: step.signal, onProgress: (text) => step.progress(text)})
  step.note('pulled')
}

interface Making {
  readonly step: StepHandle
  readonly journal: Journal
  readonly keys: readonly string[]
}

/** Removes what the request of this very run has made; a server container of another run may be registered (S4). */
async function removeMade(
  api: VchApi,
  made: {readonly share: string; readonly run: string},
  options: Omit<Making, 'step'> & {readonly signal: AbortSignal},
): Promise<void> {
  const {share, run} = made
  const {journal, keys, signal} = options
  const listed = await api.listContainers({labels: [`${LABELS.run}=${run}`]}, {signal})
  // Looked at again, since not every server heeds a filter by label.
  for (const {id} of listed.filter(({labels}) => labels[LABELS.run] === run)) {
    const change = {action: 'server-remove', keys, data: {share, container: id}}
    await journalled(journal, change, () => api.removeContainer(id, {signal, force: true}))
  }
}

/** Makes a new server container where there is none of this share; undone by removing it, while the volume stays (S1). */
export async function createServer(
  api: VchApi,
  share: {readonly request: ShareRequest; readonly choice: ShareChoice; readonly info: VchInfo},
  options: Making,
): Promise<string> {
  const {step, journal, keys} = options
  const {name} = share.request
  const run = randomUUID()
  // Registered first and found by its label: a request that is cut off may have made the container all the same.
  step.undo('remove the server container of this run', ({signal}) =>
    removeMade(api, {share: name, run}, {journal, keys, signal}),
  )
  const {request, choice, info} = share
  const container = containerRequest({role: ROLE_SERVER, request, choice}, {info, run})
  const data = {share: name, address: share.choice.address, path: share.request.exportFolder, run}
  const id = await journalled(journal, {action: 'server-create', keys, data}, () =>
    api.createContainer(container, {signal: step.signal}),
  )
  step.note(`${serverName(name)}, ${share.choice.address ?? 'address from the network'}`)
  return id
}
