import type {Work} from '../engine/work.js'
import {LABELS} from '../model/share.js'
import {messageOf} from '../model/vicnfs-error.js'
import type {VchApi} from '../vch/vch-api.js'

/** For all containers together. */
const REMOVE_TIMEOUT_MS = 90_000
/** Nothing that lives for one command takes this long: what is older was left behind. */
const ABANDONED_AFTER_MS = 60 * 60_000

/** Labels of what is made for one command: a proof, a check. */
export function oneShotLabels(role: string, now = new Date()): Record<string, string> {
  return {[LABELS.role]: role, [LABELS.started]: now.toISOString()}
}

/** A time that is missing or cannot be read is none. */
export function isAbandoned(labels: Readonly<Record<string, string>>): boolean {
  return Date.now() - Date.parse(labels[LABELS.started] ?? '') > ABANDONED_AFTER_MS
}

/**
 * Removes containers of ours, all at a time: one that hangs on a dead share must not use up the time of the others.
 * @returns those that are still there
 */
export async function removeContainers(
  api: VchApi,
  ids: readonly string[],
  options: {readonly work: Work; readonly whose: string},
): Promise<readonly string[]> {
  const {work, whose} = options
  // Cleaning up must also work after Ctrl-C, so it has a limit of its own instead of the work's signal.
  const call = {signal: AbortSignal.timeout(REMOVE_TIMEOUT_MS), force: true}
  const kept: string[] = []
  const remove = (id: string): Promise<void> =>
    api.removeContainer(id, call).catch((error: unknown) => {
      kept.push(id)
      work.note('warning', `A container of ${whose} was left behind: ${messageOf(error)}`)
    })
  await Promise.all(ids.map(remove))
  return kept
}
