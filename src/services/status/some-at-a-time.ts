import {sideBySide} from '../../engine/side-by-side.js'

/** Shares that are looked at together: enough to hide waiting, few enough for a VCH and for this machine. */
export const AT_A_TIME = 8

/** Runs `work` on each item, at most `AT_A_TIME` of them at once; results in the order of the items. */
export async function someAtATime<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  return [...(await sideBySide(items, AT_A_TIME, work))]
}
