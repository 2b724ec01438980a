import type {CallOptions} from '../client/rpc-connection.js'
import {VicnfsError} from '../../model/vicnfs-error.js'
import {shownName} from '../wire/byte-text.js'
import {FILE_TYPE, type Attributes, type NfsTime} from '../wire/nfs3-attributes.js'
import {
  attributeDifference,
  deviceOf,
  permissionsOf,
  sameTime,
  type Bounds,
  type Tree,
  type TreeEntry,
} from './tree-entry.js'

/** Whether an earlier copy has brought it: the time of change is set last, so it tells of the file as a whole. */
export function isBrought({stepNs}: Bounds, source: TreeEntry, there: TreeEntry): boolean {
  if (attributeDifference(source.attributes, there.attributes) !== undefined) return false
  if (source.attributes.type === FILE_TYPE.symlink) return true
  const [is, was] = [source.attributes, there.attributes]
  return is.size === was.size && sameTime(is.mtime, was.mtime, stepNs)
}

/** Whether what is there can be made what the source is now; a link to elsewhere or another device cannot. */
export async function canBecome(
  source: TreeEntry,
  there: TreeEntry,
  {from, to, calls}: {readonly from: Tree; readonly to: Tree; readonly calls: CallOptions},
): Promise<boolean> {
  const [is, was] = [source.attributes, there.attributes]
  if (is.type !== was.type || deviceOf(is) !== deviceOf(was)) return false
  if (is.type !== FILE_TYPE.symlink) return true
  const texts = [await from.nfs.readlink(source, calls), await to.nfs.readlink(there, calls)]
  return texts[0]?.target === texts[1]?.target
}

/** Permissions of a file that is being copied, which nobody else gives: by these a later copy knows what was cut off. */
export const UNDER_WAY = 0o1600

const isLater = (a: NfsTime, b: NfsTime): boolean =>
  a.seconds === b.seconds ? a.nanoseconds > b.nanoseconds : a.seconds > b.seconds

/** Whether a file has changed from the one look to the other, were it for a moment. */
export const hasChanged = (before: Attributes, after: Attributes): boolean =>
  isLater(before.ctime, after.ctime) || isLater(after.ctime, before.ctime)

/**
 * Refuses to write over a file of the begun copy that somebody else has written since. Ours are under way, or were
 * brought as a whole before the source changed: then their time of change is that of the source, and not that at which
 * they were written.
 * @throws VN-MOVE-TARGET
 */
export function refuseOfSomebody(path: string, source: TreeEntry, there: TreeEntry): void {
  const {attributes: is} = there
  if (is.type !== FILE_TYPE.regular || permissionsOf(is) === UNDER_WAY) return
  const isAsWritten = !isLater(is.ctime, is.mtime) && !isLater(is.mtime, is.ctime)
  if (!isAsWritten && !isLater(is.ctime, source.attributes.ctime)) return
  const name = `/${shownName(path)}`
  throw new VicnfsError('VN-MOVE-TARGET', `Somebody has written "${name}" on the volume to move to.`, {
    reason: 'It is not what was copied from the share. Nothing is deleted, mixed or written over.',
    details: {found: [name]},
  })
}
