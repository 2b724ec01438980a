import type {Work} from '../../engine/work.js'
import {journalled} from '../../journal/journalled.js'
import type {Journal} from '../../journal/journal.js'
import {LABELS, ROLE_CHECK} from '../../model/share.js'
import {messageOf} from '../../model/vicnfs-error.js'
import type {VchApi} from '../../vch/vch-api.js'
import {isAbandoned, removeContainers} from '../one-shot.js'

const ACTION = 'share-check'
const LIST_TIMEOUT_MS = 60_000

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

/** Removes the container of a run by its label: a request that was cut off may have made it all the same. */
export async function removeCheck(api: VchApi, run: string, work: Work): Promise<void> {
  try {
    const made = await checkContainers(api, AbortSignal.timeout(LIST_TIMEOUT_MS))
    const ours = made.filter(({labels}) => labels[LABELS.run] === run).map(({id}) => id)
    await removeContainers(api, ours, {work, whose: 'the check'})
  } catch (error) {
    work.note('warning', `A container of the check may have been left behind: ${messageOf(error)}`)
  }
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
