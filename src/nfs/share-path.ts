import {VicnfsError} from '../model/vicnfs-error.js'

/**
 * The parts of a path relative to the export; none for the export's root, written as the empty string.
 * @throws VicnfsError VN-NFS-SHARE-PATH
 */
export function splitSharePath(path: string): readonly string[] {
  if (path === '') return []
  const parts = path.split('/')
  if (parts.some((part) => part === '' || part === '.' || part === '..' || part.includes('\0'))) {
    throw new VicnfsError('VN-NFS-SHARE-PATH', `${JSON.stringify(path)} is not a plain path relative to the export.`)
  }
  return parts
}

/** The same for a path that must name something below the root: its parents and its last part. */
export function splitEntryPath(path: string): {readonly parents: readonly string[]; readonly name: string} {
  const parts = splitSharePath(path)
  const name = parts.at(-1)
  if (name === undefined) {
    throw new VicnfsError('VN-NFS-SHARE-PATH', 'The root of the export is no file or folder that could be changed.')
  }
  return {parents: parts.slice(0, -1), name}
}
