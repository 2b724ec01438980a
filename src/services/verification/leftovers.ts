import type {Work} from '../../engine/work.js'
import {LABELS, ROLE_VERIFY} from '../../model/share.js'
import {messageOf} from '../../model/vicnfs-error.js'
import type {VchApi} from '../../vch/vch-api.js'
import type {Adapters} from '../adapters.js'
import {endpointKey} from '../vch-lock.js'
import {journalledProofs} from './proof-journal.js'

/** For all containers together, then for all volumes. */
const REMOVE_TIMEOUT_MS = 90_000

/** Removes what a proof has made; what cannot be removed is said, and the next proof sweeps it away. */
export async function removeAll(
  api: VchApi,
  leftovers: {containers: string[]; volumes: string[]},
  work: Work,
): Promise<void> {
  // Cleaning up must also work after Ctrl-C, so it has limits of its own instead of the work's signal.
  const leave = (what: string) => (error: unknown) => {
    work.note('warning', `${what} of the proof was left behind: ${messageOf(error)}`)
  }
  // All at a time: one that hangs on a dead share must not use up the time of the others.
  const ofContainers = {signal: AbortSignal.timeout(REMOVE_TIMEOUT_MS), force: true}
  await Promise.all(leftovers.containers.map((id) => api.removeContainer(id, ofContainers).catch(leave('A container'))))
  const ofVolumes = {signal: AbortSignal.timeout(REMOVE_TIMEOUT_MS)}
  await Promise.all(
    leftovers.volumes.map((name) => api.removeVolume(name, ofVolumes).catch(leave(`The volume "${name}"`))),
  )
}

/** No proof takes this long: what is older was left behind. */
const ABANDONED_AFTER_MS = 60 * 60_000

/** Labels of what a proof makes. */
export function proofLabels(now = new Date()): Record<string, string> {
  return {[LABELS.role]: ROLE_VERIFY, [LABELS.started]: now.toISOString()}
}

/** A time that is missing or cannot be read is none. */
function isAbandoned(labels: Readonly<Record<string, string>>): boolean {
  return Date.now() - Date.parse(labels[LABELS.started] ?? '') > ABANDONED_AFTER_MS
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
  const volumes = (await api.listVolumes(call)).filter((volume) => volume.labels[LABELS.role] === ROLE_VERIFY)
  const leftovers = {
    containers: made.filter((each) => isLeft(each.name, each.labels)).map((each) => each.id),
    volumes: volumes.filter((each) => isLeft(each.name, each.labels)).map((each) => each.name),
  }
  await removeAll(api, leftovers, work)
}
