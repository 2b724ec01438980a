import {createHash, type Hash} from 'node:crypto'
import type {CallOptions} from '../client/rpc-connection.js'
import {FILE_TYPE, type NfsTime} from '../wire/nfs3-attributes.js'
import {atPath} from './at-path.js'
import {entriesOf, pathBelow, type Tree, type TreeEntry} from './tree-entry.js'

export const newDigest = (): Hash => createHash('sha256')

const text = ({seconds, nanoseconds}: NfsTime): string => `${seconds}.${nanoseconds}`

/** Takes a listing of a directory into a digest; the time of the last change of any kind cannot be set by anybody. */
export function addListing(digest: Hash, path: string, entries: ReadonlyMap<string, TreeEntry>): void {
  for (const {name, attributes} of entries.values()) {
    const {type, fileid, size, mtime, ctime} = attributes
    digest.update(JSON.stringify([path, name, type, `${fileid}`, `${size}`, text(mtime), text(ctime)]))
  }
}

/**
 * A digest of a tree by names, sizes and times of change: the same for as long as nobody changes anything in it.
 * @throws EntryError for what the server refuses; the signal's reason when aborted
 */
export async function digestTree(tree: Tree, calls: CallOptions): Promise<string> {
  const digest = newDigest()
  const walk = async (dir: Buffer, path: string): Promise<void> => {
    const entries = await atPath(path, () => entriesOf(tree, dir, calls))
    addListing(digest, path, entries)
    for (const {name, handle, attributes} of entries.values()) {
      if (attributes.type === FILE_TYPE.directory) await walk(handle, pathBelow(path, name))
    }
  }
  await walk(tree.root, '')
  return digest.digest('hex')
}
