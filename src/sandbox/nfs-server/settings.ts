import {realpathSync, statSync} from 'node:fs'
import path from 'node:path'
import {SERVER_EXIT} from './exit-codes.js'
import {parseExportOptions, type ExportRule} from './export-options.js'
import {parkedRules} from './parked-export.js'

/** What the server container was asked to serve; the JSON file that the child process is given. */
export interface ServerSettings {
  /** Loopback address to bind. */
  readonly address: string
  /** 0: any free port, for this and the two below. */
  readonly portmapPort: number
  readonly nfsdPort: number
  readonly mountdPort: number
  /** MOUNTD_PORT of the image, by which `openPorts` names mountd; 32767 when absent. */
  readonly imageMountdPort?: number
  /** Trust level `published`: services whose image port (111, 2049, MOUNTD_PORT) is missing here cannot be reached. */
  readonly openPorts?: readonly number[]
  /** Name that clients mount, such as `/home/nfs`. */
  readonly exportPath: string
  /** The directory that is really served. */
  readonly rootDirectory: string
  /** EXPORT_OPTS of the image, such as `*(rw,sync,no_subtree_check,insecure,no_root_squash)`. */
  readonly exportOptions: string
  /** Side table of owners and modes; outside the served directory. */
  readonly attributesFile: string
  /** Owner and mode of the export's root (EXPORT_UID, EXPORT_GID, EXPORT_MODE), set at every start when given. */
  readonly exportUid?: number
  readonly exportGid?: number
  readonly exportMode?: number
  /** Stands for the file system in file handles (EXPORT_FSID); absent: the directory's own identity. */
  readonly exportFsid?: string
  /** Size of the volume's disk, which FSSTAT tells. */
  readonly capacityBytes?: number
  /** Serve the empty directory as a parked export; owner, mode and fsid above are not asked for then. */
  readonly parked?: boolean
}

/** Settings that cannot be served: one line per fault, and the exit code they end with. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError'

  constructor(
    readonly faults: readonly string[],
    readonly exitCode: number,
  ) {
    super(faults.join('; '))
  }
}

/** A server that could not be brought up. */
export class StartError extends Error {
  override readonly name = 'StartError'

  constructor(
    message: string,
    readonly exitCode: number,
  ) {
    super(message)
  }
}

export interface CheckedSettings extends ServerSettings {
  readonly rules: readonly ExportRule[]
}

const PORT_LIMIT = 65_535
const ID_LIMIT = 0xff_ff_ff_fe
const MODE_LIMIT = 0o7777

type Raw = Readonly<Record<string, unknown>>

function numberFaults(raw: Raw, names: readonly string[], limit: number, optional: boolean): string[] {
  return names.flatMap((name) => {
    const value = raw[name]
    if (value === undefined && optional) return []
    const good = typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= limit
    return good ? [] : [`${name} must be a whole number from 0 to ${limit}, it is ${JSON.stringify(value)}`]
  })
}

function textFaults(raw: Raw, names: readonly string[]): string[] {
  return names.flatMap((name) => {
    const value = raw[name]
    if (typeof value !== 'string' || value === '') return [`${name} must be a text, it is ${JSON.stringify(value)}`]
    return /[\0\n]/.test(value) ? [`${name} must not contain line breaks or NUL`] : []
  })
}

function openPortFaults(value: unknown): string[] {
  if (value === undefined) return []
  const good = Array.isArray(value) && value.every((port) => Number.isInteger(port) && port > 0 && port <= PORT_LIMIT)
  return good ? [] : ['openPorts must be a list of port numbers']
}

function isInside(inner: string, outer: string): boolean {
  const relative = path.relative(outer, inner)
  return relative === '' || (relative !== '..' && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative))
}

function pathFaults({exportPath}: ServerSettings): string[] {
  if (!exportPath.startsWith('/')) return [`exportPath must be absolute, it is ${exportPath}`]
  if (path.posix.normalize(exportPath) === exportPath) return []
  return [`exportPath must be free of ".", ".." and double slashes, it is ${exportPath}`]
}

function folderFaults(settings: ServerSettings): string[] {
  try {
    const root = realpathSync(settings.rootDirectory)
    if (!statSync(root).isDirectory()) return [`rootDirectory ${settings.rootDirectory} is no directory`]
    const tableDirectory = realpathSync(path.dirname(settings.attributesFile))
    return isInside(tableDirectory, root) ? ['attributesFile must not lie inside the served directory'] : []
  } catch (error) {
    return [`rootDirectory or the folder of attributesFile cannot be used: ${(error as Error).message}`]
  }
}

function shapeFaults(raw: Raw): string[] {
  return [
    ...textFaults(raw, ['address', 'exportPath', 'rootDirectory', 'exportOptions', 'attributesFile']),
    ...numberFaults(raw, ['portmapPort', 'nfsdPort', 'mountdPort'], PORT_LIMIT, false),
    ...numberFaults(raw, ['imageMountdPort'], PORT_LIMIT, true),
    ...numberFaults(raw, ['exportUid', 'exportGid'], ID_LIMIT, true),
    ...numberFaults(raw, ['exportMode'], MODE_LIMIT, true),
    ...numberFaults(raw, ['capacityBytes'], Number.MAX_SAFE_INTEGER, true),
    ...openPortFaults(raw['openPorts']),
  ]
}

function demandNone(faults: readonly string[], exitCode: number): void {
  if (faults.length > 0) throw new SettingsError(faults, exitCode)
}

/**
 * Checks everything before anything is bound, as the image does.
 * @throws SettingsError with every fault that was found
 */
export function checkSettings(value: unknown): CheckedSettings {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new SettingsError(['the settings are no JSON object'], SERVER_EXIT.settingsFile)
  demandNone(shapeFaults(value as Raw), SERVER_EXIT.settingsFile)
  const settings = value as ServerSettings
  demandNone(pathFaults(settings), SERVER_EXIT.settingsFile)
  demandNone(folderFaults(settings), SERVER_EXIT.folderUnusable)
  const {rules, faults, unresolved} = parseExportOptions(settings.exportOptions)
  demandNone(faults, SERVER_EXIT.exportOptions)
  demandNone(
    unresolved.map((client) => `EXPORT_OPTS names "${client}", and the sandbox looks up no names`),
    SERVER_EXIT.exportRefused,
  )
  const effective = settings.parked === true ? parkedRules(rules) : rules
  return {...settings, rootDirectory: path.resolve(settings.rootDirectory), rules: effective}
}
