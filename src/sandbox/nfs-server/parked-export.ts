import {mkdirSync} from 'node:fs'
import path from 'node:path'
import type {Ownership} from './caller.js'
import type {ExportRule} from './export-options.js'

/** The two folders of a volume store that a VCH makes at each boot. */
const STORE_FOLDERS = ['volumes', 'volumes_metadata']

const PARKED_ROOT: Ownership = {uid: 0, gid: 0, mode: 0o1777}
const PARKED_FOLDER: Ownership = {uid: 0, gid: 0, mode: 0o555}
/** A folder on the way to a store. */
const PASSED_FOLDER: Ownership = {uid: 0, gid: 0, mode: 0o755}
const NOBODY = 65_534

/**
 * The client entries of a parked server: everybody is nobody, whatever the options say, and the export is writable,
 * since a VCH that finds it read-only does not boot.
 */
export function parkedRules(rules: readonly ExportRule[]): ExportRule[] {
  return rules.map((rule) => ({...rule, readOnly: false, allSquash: true, anonUid: NOBODY, anonGid: NOBODY}))
}

/**
 * Makes the folders that the VCH wants to make, and which nobody may write to: MKDIR is answered that they exist, and
 * everything below is refused. The same in each directory of the export that is a store of its own.
 * @param options.own records who an entry belongs to
 */
export function furnishParked(
  rootDirectory: string,
  options: {
    /** Paths relative to the export. */
    readonly stores: readonly string[]
    readonly own: (directory: string, owner: Ownership) => void
  },
): void {
  const {stores, own} = options
  for (const store of ['', ...stores]) {
    for (const between of foldersAbove(store)) {
      mkdirSync(path.join(rootDirectory, between), {recursive: true})
      own(path.join(rootDirectory, between), PASSED_FOLDER)
    }
    for (const name of STORE_FOLDERS) {
      const directory = path.join(rootDirectory, store, name)
      mkdirSync(directory, {recursive: true})
      own(directory, PARKED_FOLDER)
    }
  }
  for (const store of ['', ...stores]) own(path.join(rootDirectory, store), PARKED_ROOT)
}

/** `a` and `a/b` for `a/b/c`. */
function foldersAbove(store: string): string[] {
  const parts = store.split('/')
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('/'))
}
