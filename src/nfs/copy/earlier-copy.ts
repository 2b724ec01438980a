import type {CallOptions} from '../client/rpc-connection.js'
import {FILE_TYPE} from '../wire/nfs3-attributes.js'
import {attributeDifference, deviceOf, sameTime, type Bounds, type Tree, type TreeEntry} from './tree-entry.js'

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
