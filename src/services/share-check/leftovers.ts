import {setTimeout as delay} from 'node:timers/promises'
import type {Work} from '../../engine/work.js'
import {journalled} from '../../journal/journalled.js'
import type {Journal} from '../../journal/journal.js'
import {LABELS, ROLE_CHECK} from '../../model/share.js'
import {messageOf} from '../../model/vicnfs-error.js'
import type {VchApi} from '../../vch/vch-api.js'
import {isAbandoned, removeContainers} from '../one-shot.js'

const ACTION = 'share-check'
const LIST_TIMEOUT_MS = 60_000
const REMOVE_TIMEOUT_MS = 90_000
const REMOVE_TRIES = 6
const REMOVE_PAUSE_MS = 250

/** Writes down which run makes a container, so that a later one of this machine knows it as ours. */
export function journalCheck<T>(
  journal: Journal,
  subject: {readonly run: string; readonly keys: readonly string[]},
  body: () => Promise<T>,
): Promise<T> {
  const {run, keys} = subject
  return journalled(journal, {action: ACTION, keys, data: {run}}, body)
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
export async function removeCheck(api: VchApi, run: string, work: Work): Promise<void> {
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
 * Takes away what a check that was killed has left, and nothing of one that another machine runs right now: only
 * containers of a check of this machine (the lock is ours, so none of those lives), or clearly old ones.
 */
export async function sweepChecks(
  api: VchApi,
  known: {readonly journal: Journal; readonly keys: readonly string[]},
  work: Work,
): Promise<void> {
  const records = await known.journal.history(known.keys)
  const runs = records.filter(({intent}) => intent.action === ACTION).map(({intent}) => intent.data['run'])
  const made = await checkContainers(api, work.signal)
  const left = made.filter(({labels}) => runs.includes(labels[LABELS.run]) || isAbandoned(labels))
  const ids = left.map(({id}) => id)
  await removeContainers(api, ids, {work, whose: 'an earlier check'})
}
