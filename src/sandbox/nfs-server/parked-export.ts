import {mkdirSync} from 'node:fs'
import path from 'node:path'
import type {Ownership} from './caller.js'
import type {ExportRule} from './export-options.js'

/** The two folders of a volume store that a VCH makes at each boot. */
const STORE_FOLDERS = ['volumes', 'volumes_metadata']

const PARKED_ROOT: Ownership = {uid: 0, gid: 0, mode: 0o1777}
const PARKED_FOLDER: Ownership = {uid: 0, gid: 0, mode: 0o555}
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
 * everything below is refused.
 * @param own records who an entry belongs to
 */
export function furnishParked(rootDirectory: string, own: (directory: string, owner: Ownership) => void): void {
  for (const name of STORE_FOLDERS) {
    const directory = path.join(rootDirectory, name)
    mkdirSync(directory, {recursive: true})
    own(directory, PARKED_FOLDER)
  }
  own(rootDirectory, PARKED_ROOT)
}
