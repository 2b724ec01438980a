import {randomBytes} from 'node:crypto'
import {setTimeout as delay} from 'node:timers/promises'
import type {Work} from '../../engine/work.js'
import {journalled} from '../../journal/journalled.js'
import {LABELS, ROLE_CHECK} from '../../model/share.js'
import {messageOf} from '../../model/vicnfs-error.js'
import type {VchApi} from '../../vch/vch-api.js'
import type {ConsumerAdapters} from '../adapters.js'
import {isAbandoned, removeContainers} from '../one-shot.js'
import {endpointKey} from '../vch-lock.js'

const ACTION = 'share-check'
const LIST_TIMEOUT_MS = 60_000
const REMOVE_TIMEOUT_MS = 90_000
const REMOVE_TRIES = 6
const REMOVE_PAUSE_MS = 250

/** Checks of this process that are under way: what they have made is not left over. */
const underWay = new Set<string>()

/**
 * Runs a check: written down before it makes a container, so that a later command of this machine knows that as ours,
 * and whatever it has made is removed in every case.
 * @param body gets the id by which its container is found again
 */
export async function asCheck<T>(
  {consumer: api, journal}: Pick<ConsumerAdapters, 'consumer' | 'journal'>,
  work: Work,
  body: (run: string) => Promise<T>,
): Promise<T> {
  const run = randomBytes(4).toString('hex')
  underWay.add(run)
  try {
    return await journalled(journal, {action: ACTION, keys: [endpointKey(api.endpoint)], data: {run}}, async () => {
      try {
        return await body(run)
      } finally {
        await removeCheck(api, run, work)
      }
    })
  } finally {
    underWay.delete(run)
  }
}

async function checkContainers(api: VchApi, signal: AbortSignal) {
  const listed = await api.listContainers({labels: [`${LABELS.role}=${ROLE_CHECK}`]}, {signal})
  // Looked at again, since not every server heeds a filter by label.
  return listed.filter(({labels}) => labels[LABELS.role] === ROLE_CHECK)
}

/** Removes what is there of a run. @returns whether there was nothing */
async function removeOnce(api: VchApi, run: string): Promise<boolean> {
  const made = await checkContainers(api, AbortSignal.timeout(LIST_TIMEOUT_MS))
  const ours = made.filter(({labels}) => labels[LABELS.run] === run)
  const call = {signal: AbortSignal.timeout(REMOVE_TIMEOUT_MS), force: true}
  await Promise.all(ours.map(({id}) => api.removeContainer(id, call)))
  return ours.length === 0
}

/**
 * Removes the container of a run by its label, until none is listed any more: an Engine refuses while it still starts
 * the container. Works after Ctrl-C, too, so the limits are its own.
 */
async function removeCheck(api: VchApi, run: string, work: Work): Promise<void> {
  let failure: unknown = 'it is listed again and again'
  for (let tries = 0; tries < REMOVE_TRIES; tries += 1) {
    if (tries > 1) await delay(REMOVE_PAUSE_MS)
    try {
      if (await removeOnce(api, run)) return
    } catch (error) {
      failure = error
    }
  }
  work.note('warning', `The container of the check may have been left behind: ${messageOf(failure)}`)
}

/**
 * Takes away what a check that was killed has left, and nothing of one that runs right now: only containers of a check
 * of this machine (the lock is ours, so none of those lives but our own), or clearly old ones.
 */
export async function sweepChecks(
  {consumer: api, journal}: Pick<ConsumerAdapters, 'consumer' | 'journal'>,
  {work, signal}: {readonly work: Work; readonly signal: AbortSignal},
): Promise<void> {
  const records = await journal.history([endpointKey(api.endpoint)])
  const runs = records.filter(({intent}) => intent.action === ACTION).map(({intent}) => intent.data['run'])
  const made = await checkContainers(api, signal)
  const left = made.filter(({labels}) => runs.includes(labels[LABELS.run]) || isAbandoned(labels))
  const ids = left.filter(({labels}) => !underWay.has(labels[LABELS.run] ?? '')).map(({id}) => id)
  await removeContainers(api, ids, {work, whose: 'an earlier check'})
}
