import type {Work} from '../../engine/work.js'
import {LABELS, ROLE_VERIFY} from '../../model/share.js'
import {messageOf, VicnfsError} from '../../model/vicnfs-error.js'
import type {VchApi, VchVolume} from '../../vch/vch-api.js'
import type {Adapters} from '../adapters.js'
import {isAbandoned, oneShotLabels, removeContainers} from '../one-shot.js'
import {endpointKey} from '../vch-lock.js'
import {check, type Check} from './evidence.js'
import {journalledProofs} from './proof-journal.js'

/** For all volumes together. */
const REMOVE_TIMEOUT_MS = 90_000

/** What a proof has made, by name. */
export interface Leftovers {
  readonly containers: string[]
  readonly volumes: string[]
}

/** Removes what a proof has made; what cannot be removed is said, and the next proof sweeps it away. */
export async function removeAll(api: VchApi, leftovers: Leftovers, work: Work): Promise<Check> {
  const startedMs = performance.now()
  const kept = [...(await removeContainers(api, leftovers.containers, {work, whose: 'the proof'}))]
  // As for the containers: after Ctrl-C, too.
  const call = {signal: AbortSignal.timeout(REMOVE_TIMEOUT_MS)}
  const remove = (name: string): Promise<void> =>
    api.removeVolume(name, call).catch((error: unknown) => {
      kept.push(name)
      work.note('warning', `The volume "${name}" of the proof was left behind: ${messageOf(error)}`)
    })
  await Promise.all(leftovers.volumes.map(remove))
  const durationMs = performance.now() - startedMs
  if (kept.length > 0) return check('clean-up', 'failed', {detail: `left behind: ${kept.join(', ')}`, durationMs})
  const {containers, volumes} = leftovers
  return check('clean-up', 'proven', {detail: [...containers, ...volumes].join(', '), durationMs})
}

/** Labels of what a proof makes. */
export const proofLabels = (): Record<string, string> => oneShotLabels(ROLE_VERIFY)

/** A VCH one of whose volumes has no readable record lists none at all: no reason not to prove a store. */
async function listProofVolumes(api: VchApi, work: Work): Promise<readonly VchVolume[]> {
  try {
    const volumes = await api.listVolumes({signal: work.signal})
    return volumes.filter((volume) => volume.labels[LABELS.role] === ROLE_VERIFY)
  } catch (error) {
    if (!(error instanceof VicnfsError) || error.code !== 'VN-VCH-API') throw error
    work.note('warning', `Whether an earlier proof has left a volume behind cannot be seen: ${error.message}`)
    return []
  }
}

/**
 * Takes away what a proof that was killed has left, and nothing of one that another machine runs right now: only things
 * with the proof's own label, of a proof of this machine (the lock is ours, so none of those lives), or clearly old.
 */
export async function sweep(adapters: Pick<Adapters, 'consumer' | 'journal'>, work: Work): Promise<void> {
  const {consumer: api, journal} = adapters
  const call = {signal: work.signal}
  const ours = await journalledProofs(journal, [endpointKey(api.endpoint)])
  const isLeft = (name: string, labels: Readonly<Record<string, string>>): boolean =>
    ours.some((volume) => name === volume || name.startsWith(`${volume}-`)) || isAbandoned(labels)
  const made = await api.listContainers({labels: [`${LABELS.role}=${ROLE_VERIFY}`]}, call)
  const volumes = await listProofVolumes(api, work)
  const leftovers = {
    containers: made.filter((each) => isLeft(each.name, each.labels)).map((each) => each.id),
    volumes: volumes.filter((each) => isLeft(each.name, each.labels)).map((each) => each.name),
  }
  await removeAll(api, leftovers, work)
}
