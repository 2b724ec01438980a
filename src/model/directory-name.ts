import {RECORD_FOLDER} from './consumer-record.js'
import {VicnfsError} from './vicnfs-error.js'

/** What a VCH, and so its preflight, makes in the place of a store at every boot. */
export const PREFLIGHT_FOLDERS: readonly string[] = ['volumes', 'volumes_metadata']

/** Names at the root of a share that are no consumer's directory. */
export const TAKEN_NAMES: ReadonlySet<string> = new Set([...PREFLIGHT_FOLDERS, RECORD_FOLDER])

/** Checks the name of a directory of a share for one consumer VCH. @throws VN-SETTING-BAD */
export function checkDirectoryName(name: string): void {
  if (/^[A-Za-z0-9][A-Za-z0-9_.-]*$/.test(name) && !TAKEN_NAMES.has(name)) return
  throw new VicnfsError('VN-SETTING-BAD', `"${name}" cannot be the directory of a consumer VCH.`, {
    reason:
      'Letters, digits, "_", "." and "-", with a letter or digit first; volumes and volumes_metadata are VIC\'s own.',
  })
}
