import {formatVicVersion, parseVicVersion} from '../model/vic-version.js'
import {unreadable} from './unreadable.js'

/**
 * Reads `vic-machine-linux version v1.5.8-10000-2c978fe`.
 * @returns the version without `v` and build
 * @throws VN-VICMACHINE-UNREADABLE
 */
export function parseVersionOutput(stdout: string): string {
  const match = /^\S+ version (v\S+)$/m.exec(stdout)
  const version = match === null ? undefined : parseVicVersion(match[1] ?? '')
  if (version === undefined) throw unreadable('version', stdout.trim().split('\n')[0] ?? '')
  return formatVicVersion(version)
}
