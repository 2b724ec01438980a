import {unreadable} from './unreadable.js'
import type {VchRow} from './vic-machine-api.js'

const HEADERS = ['ID', 'PATH', 'NAME', 'VERSION', 'UPGRADE STATUS'] as const

/**
 * Reads the table of `ls`. Names may hold blanks, so cells are cut where the columns of the header start
 * (facts/vic-machine.md § 1.5).
 * @throws VN-VICMACHINE-UNREADABLE when there is no such header, or a row does not fit it
 */
export function parseListOutput(stdout: string): VchRow[] {
  const lines = stdout.split('\n').map((line) => line.replace(/\r$/, ''))
  const headerAt = lines.findIndex((line) => /^ID {2,}PATH {2,}NAME {2,}VERSION {2,}UPGRADE STATUS *$/.test(line))
  const header = lines[headerAt]
  if (header === undefined) throw unreadable('ls', lines.find((line) => line.trim() !== '') ?? '')
  const starts = HEADERS.map((name) => header.indexOf(name))
  return lines
    .slice(headerAt + 1)
    .filter((line) => line.trim() !== '')
    .map((line) => rowOf(line, starts))
}

function rowOf(line: string, starts: readonly number[]): VchRow {
  // The table is padded by characters, so cut by code points.
  const characters = Array.from(line)
  const cells = starts.map((start, index) => characters.slice(start, starts[index + 1]).join(''))
  const [id = '', path = '', name = '', version = '', upgradeStatus = ''] = cells.map((cell) => cell.trim())
  const isPadded = cells.slice(0, -1).every((cell) => cell.endsWith('  '))
  if (!isPadded || !/^\S+$/.test(id) || name === '' || version === '') throw unreadable('ls', line)
  return {id, path, name, version, upgradeStatus}
}
