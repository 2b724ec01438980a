import {fileKey, type TreeEntry} from './tree-entry.js'

/** Which files of the copy stand for which files of the source, where one of both has several names. */
export interface LinkLedger {
  /** Where the first name of this file lies in the copy; undefined for the first one, and for files of one name. */
  first(source: TreeEntry): Buffer | undefined
  /** Whether what is in the copy under this name may stand for the source: it is no other file's already. */
  admit(source: TreeEntry, there: TreeEntry): boolean
  /** @param there what was in the copy before; undefined for a new file */
  note(source: TreeEntry, handle: Buffer, there: TreeEntry | undefined): void
}

const hasSeveral = ({attributes}: TreeEntry): boolean => attributes.nlink > 1

export function createLinkLedger(): LinkLedger {
  const firsts = new Map<string, {readonly handle: Buffer; readonly key: string | undefined}>()
  const taken = new Map<string, string>()
  return {
    first: (source) => (hasSeveral(source) ? firsts.get(fileKey(source))?.handle : undefined),
    admit(source, there) {
      const first = hasSeveral(source) ? firsts.get(fileKey(source)) : undefined
      if (first !== undefined) return first.key === fileKey(there)
      if (!hasSeveral(there)) return true
      // Taken at once: files of one name are copied side by side.
      const owner = taken.get(fileKey(there)) ?? fileKey(source)
      taken.set(fileKey(there), owner)
      return owner === fileKey(source)
    },
    note(source, handle, there) {
      if (!hasSeveral(source) || firsts.has(fileKey(source))) return
      firsts.set(fileKey(source), {handle, key: there === undefined ? undefined : fileKey(there)})
    },
  }
}
