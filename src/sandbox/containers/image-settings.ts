import {parseExportOptions} from '../nfs-server/export-options.js'
import {SERVER_EXIT} from '../nfs-server/exit-codes.js'

/** What the NFS server image reads from its environment (DESIGN § 8), with the image's defaults. */
export interface ImageSettings {
  readonly exportFolder: string
  readonly mountdPort: number
  readonly exportOptions: string
  readonly backend: 'auto' | 'kernel' | 'ganesha'
  readonly requireMount: boolean
  readonly parked: boolean
  /** Directories of a parked share that are stores of their own, relative to it. */
  readonly parkedDirectories: readonly string[]
  /** Owner and mode of the export's root; absent: left as they are. */
  readonly exportUid?: number
  readonly exportGid?: number
  readonly exportMode?: number
  /** A UUID that stands for the file system in file handles; absent: the file system's own. */
  readonly exportFsid?: string
}

/** One fault, in the image's words, and the exit code that it ends with. */
export interface SettingFault {
  readonly exitCode: number
  readonly text: string
}

const IMAGE_DEFAULTS = {
  EXPORT_FOLDER: '/home/nfs',
  MOUNTD_PORT: '32767',
  LOCKD_PORT: '32768',
  EXPORT_OPTS: '*(rw,no_root_squash,no_subtree_check)',
  NFS_BACKEND: 'auto',
  NFSD_THREADS: '8',
  REQUIRE_MOUNT: '0',
  PARKED: '0',
  PARKED_DIRECTORIES: '',
  EXPORT_UID: '',
  EXPORT_GID: '',
  EXPORT_MODE: '',
  EXPORT_FSID: '',
} as const

type Given = Readonly<Record<keyof typeof IMAGE_DEFAULTS, string>>

/** An empty variable counts as one that is not set. */
function withDefaults(env: readonly string[]): Given {
  const given: Record<string, string> = {...IMAGE_DEFAULTS}
  for (const item of env) {
    const at = item.indexOf('=')
    const name = item.slice(0, at)
    if (at > 0 && Object.hasOwn(IMAGE_DEFAULTS, name))
      given[name] = item.slice(at + 1) || IMAGE_DEFAULTS[name as keyof Given]
  }
  return given as Given
}

const PORT_LIMIT = 65_535
const ID_LIMIT = 0xff_ff_ff_fe
const THREAD_LIMIT = 256
const FIXED_PORTS = ['111', '2049']
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
const SYSTEM_FOLDER = /^\/(proc|sys|dev|run)(\/|$)|^\/(etc|usr|bin|sbin|lib|lib64|boot|var)$/

/** Links of the image's own file system, and where they lead. */
const LINKS = [
  ...['/bin', '/sbin', '/lib', '/lib64'].map((link) => [link, `/usr${link}`] as const),
  ...([
    ['/var/run', '/run'],
    ['/var/lock', '/run/lock'],
  ] as const),
]

const quoted = (text: string): string => `"${text.replaceAll(/\p{Cc}/gu, '?').slice(0, 200)}"`
const folderOf = (text: string): string => text.replaceAll(/\/+/g, '/').replace(/(?<=.)\/$/, '')

function isNumber(text: string, low: number, high: number): boolean {
  return /^(0|[1-9]\d{0,9})$/.test(text) && Number(text) >= low && Number(text) <= high
}

function folderObjection(folder: string): string | undefined {
  if (/\p{Cc}/u.test(folder)) return 'must not hold control characters'
  if (/["\\]/.test(folder)) return 'must not hold a double quote or a backslash'
  if (!folder.startsWith('/')) return 'must be an absolute path'
  if (folder === '/') return 'must not be the root folder'
  if (folder.split('/').some((part) => part === '.' || part === '..')) return 'must not have "." or ".." in it'
  if (SYSTEM_FOLDER.test(folder)) return 'must not be a folder of the system'
  const [link, target] = LINKS.find(([from]) => folder === from || folder.startsWith(`${from}/`)) ?? []
  if (link === undefined) return undefined
  return `must not lead over a symbolic link, to ${quoted(`${target}${folder.slice(link.length)}`)}`
}

function* folderFaults({EXPORT_FOLDER}: Given): Generator<SettingFault> {
  const objection = folderObjection(folderOf(EXPORT_FOLDER))
  if (objection !== undefined)
    yield {
      exitCode: SERVER_EXIT.exportFolder,
      text: `EXPORT_FOLDER ${objection}, it is ${quoted(EXPORT_FOLDER)}`,
    }
}

function* portFaults({MOUNTD_PORT, LOCKD_PORT}: Given): Generator<SettingFault> {
  const ports = [
    ['MOUNTD_PORT', MOUNTD_PORT, SERVER_EXIT.mountdPort],
    ['LOCKD_PORT', LOCKD_PORT, SERVER_EXIT.lockdPort],
  ] as const
  const bad = ports.filter(([, value]) => !isNumber(value, 1, PORT_LIMIT))
  for (const [name, value, exitCode] of bad)
    yield {exitCode, text: `${name} must be a port number from 1 to ${PORT_LIMIT}, it is ${quoted(value)}`}
  const taken = [...FIXED_PORTS]
  for (const [name, value] of bad.length > 0 ? [] : ports) {
    if (taken.includes(value))
      yield {
        exitCode: SERVER_EXIT.portsClash,
        text: `${name} is ${value}, but 111, 2049, MOUNTD_PORT and LOCKD_PORT must all be different`,
      }
    taken.push(value)
  }
}

function* serverFaults({NFS_BACKEND, NFSD_THREADS, ...given}: Given): Generator<SettingFault> {
  if (!['auto', 'kernel', 'ganesha'].includes(NFS_BACKEND))
    yield {
      exitCode: SERVER_EXIT.backend,
      text: `NFS_BACKEND must be auto, kernel or ganesha, it is ${quoted(NFS_BACKEND)}`,
    }
  if (!isNumber(NFSD_THREADS, 1, THREAD_LIMIT))
    yield {
      exitCode: SERVER_EXIT.threads,
      text: `NFSD_THREADS must be a whole number from 1 to ${THREAD_LIMIT}, it is ${quoted(NFSD_THREADS)}`,
    }
  for (const name of ['REQUIRE_MOUNT', 'PARKED'] as const)
    if (!isNumber(given[name], 0, 1))
      yield {exitCode: SERVER_EXIT.switches, text: `${name} must be 0 or 1, it is ${quoted(given[name])}`}
}

/** Each of the relative paths with ":" between them is looked at as a part of one path. */
function directoriesObjection(text: string): string | undefined {
  if (text === '') return undefined
  if (/\p{Cc}/u.test(text)) return 'must not hold control characters'
  if (/["\\]/.test(text)) return 'must not hold a double quote or a backslash'
  const parts = text.split(/[:/]/)
  if (parts.includes('')) return 'must be relative paths with ":" between them'
  return parts.some((part) => part === '.' || part === '..') ? 'must not have "." or ".." in it' : undefined
}

function* directoriesFaults({PARKED_DIRECTORIES}: Given): Generator<SettingFault> {
  const objection = directoriesObjection(PARKED_DIRECTORIES)
  if (objection === undefined) return
  const text = `PARKED_DIRECTORIES ${objection}, it is ${quoted(PARKED_DIRECTORIES)}`
  yield {exitCode: SERVER_EXIT.switches, text}
}

function* ownerFaults({EXPORT_MODE, EXPORT_FSID, ...given}: Given): Generator<SettingFault> {
  const exitCode = SERVER_EXIT.owner
  for (const name of ['EXPORT_UID', 'EXPORT_GID'] as const)
    if (given[name] !== '' && !isNumber(given[name], 0, ID_LIMIT))
      yield {exitCode, text: `${name} must be a whole number from 0 to ${ID_LIMIT}, it is ${quoted(given[name])}`}
  if (EXPORT_MODE !== '' && !/^[0-7]{3,4}$/.test(EXPORT_MODE))
    yield {exitCode, text: `EXPORT_MODE must be an octal mode such as 0755, it is ${quoted(EXPORT_MODE)}`}
  if (EXPORT_FSID !== '' && !UUID.test(EXPORT_FSID))
    yield {exitCode: SERVER_EXIT.fsid, text: `EXPORT_FSID must be a UUID, it is ${quoted(EXPORT_FSID)}`}
}

/** Every fault of the settings, in the order of their exit codes; the first one's ends the container. */
export function settingFaults(env: readonly string[]): readonly SettingFault[] {
  const given = withDefaults(env)
  const exitCode = SERVER_EXIT.exportOptions
  const optionFaults = parseExportOptions(given.EXPORT_OPTS).faults.map((text) => ({exitCode, text}))
  return [
    ...folderFaults(given),
    ...portFaults(given),
    ...optionFaults,
    ...serverFaults(given),
    ...directoriesFaults(given),
    ...ownerFaults(given),
  ]
}

function optionalNumber<K extends string>(key: K, text: string, radix: number): Partial<Record<K, number>> {
  return (text === '' ? {} : {[key]: Number.parseInt(text, radix)}) as Partial<Record<K, number>>
}

/** The settings of a server container whose environment has no faults. */
export function readImageSettings(env: readonly string[]): ImageSettings {
  const given = withDefaults(env)
  return {
    exportFolder: folderOf(given.EXPORT_FOLDER),
    mountdPort: Number(given.MOUNTD_PORT),
    exportOptions: given.EXPORT_OPTS,
    backend: given.NFS_BACKEND as ImageSettings['backend'],
    requireMount: given.REQUIRE_MOUNT === '1',
    parked: given.PARKED === '1',
    parkedDirectories: given.PARKED_DIRECTORIES.split(':').filter((each) => each !== ''),
    ...optionalNumber('exportUid', given.EXPORT_UID, 10),
    ...optionalNumber('exportGid', given.EXPORT_GID, 10),
    ...optionalNumber('exportMode', given.EXPORT_MODE, 8),
    ...(given.EXPORT_FSID === '' ? {} : {exportFsid: given.EXPORT_FSID.toLowerCase()}),
  }
}
