import type {NfsStatusError} from '../client/nfs-status-error.js'
import {MNT3_STATUS, NFS3_STATUS, type Mnt3StatusKey, type Nfs3StatusKey} from '../wire/status.js'
import {askAsRoot, askExports, type Diagnosis, type Standpoint} from './diagnosis.js'
import type {RungId} from './report.js'

type Code = Diagnosis['code']

const MNT_CODES: Readonly<Record<Exclude<Mnt3StatusKey, 'OK'>, Code>> = {
  PERM: 'VN-NFS-MNT-PERM',
  NOENT: 'VN-NFS-MNT-NOENT',
  IO: 'VN-NFS-MNT-IO',
  ACCES: 'VN-NFS-MNT-ACCES',
  NOTDIR: 'VN-NFS-MNT-NOTDIR',
  INVAL: 'VN-NFS-MNT-INVAL',
  NAMETOOLONG: 'VN-NFS-MNT-NAMETOOLONG',
  NOTSUPP: 'VN-NFS-MNT-NOTSUPP',
  SERVERFAULT: 'VN-NFS-MNT-SERVERFAULT',
}

const NFS_CODES: Readonly<Partial<Record<Nfs3StatusKey, Code>>> = {
  PERM: 'VN-NFS-DENIED',
  ACCES: 'VN-NFS-DENIED',
  ROFS: 'VN-NFS-READ-ONLY',
  NOSPC: 'VN-NFS-FULL',
  DQUOT: 'VN-NFS-FULL',
  NOTDIR: 'VN-NFS-NOT-A-DIRECTORY',
  STALE: 'VN-NFS-STALE',
  BADHANDLE: 'VN-NFS-STALE',
  JUKEBOX: 'VN-NFS-BUSY',
  IO: 'VN-NFS-SERVER-FAULT',
  SERVERFAULT: 'VN-NFS-SERVER-FAULT',
}

/** What mountd and the port mapper say after a refused MNT; undefined where they say nothing. */
export interface AfterRefusal {
  readonly exports: readonly {readonly path: string; readonly groups: readonly string[]}[] | undefined
  readonly nfsRegistered: boolean | undefined
}

const keyOf = (rows: Readonly<Record<string, {number: number}>>, status: number): string | undefined =>
  Object.keys(rows).find((key) => rows[key]?.number === status)

const withoutSlash = (path: string): string => path.replace(/\/+$/, '')

const covers = (exported: string, path: string): boolean =>
  `${withoutSlash(path)}/`.startsWith(`${withoutSlash(exported)}/`)

/** The export whose clients and options count for a path: the innermost one. */
function exportOf(exports: NonNullable<AfterRefusal['exports']>, path: string): (typeof exports)[number] | undefined {
  const covering = exports.filter((entry) => covers(entry.path, path))
  return covering.sort((a, b) => withoutSlash(b.path).length - withoutSlash(a.path).length)[0]
}

/** Which of the known causes of MNT3ERR_ACCES it is, as far as it shows from here (facts/nfs-server.md § 1, 5, 7). */
function diagnoseAccess(error: NfsStatusError, stand: Standpoint, after: AfterRefusal): Diagnosis {
  const {path} = stand
  const opening = `${error.statusName}: mountd refuses ${path}`
  if (after.nfsRegistered === false) {
    const finding = `${opening}, and NFS version 3 is not registered: nfsd is not running (a kernel without nfsd looks like this), or it speaks NFSv4 only`
    return {code: 'VN-NFS-NO-NFSD', finding, tries: []}
  }
  const exported = after.exports && exportOf(after.exports, path)
  if (after.exports !== undefined && exported === undefined) {
    const listed = after.exports.map((entry) => entry.path).join(', ') || 'nothing'
    return {code: 'VN-NFS-NOT-EXPORTED', finding: `${opening}: it exports ${listed}`, tries: askExports(stand)}
  }
  const clients = exported === undefined || exported.groups.length === 0 ? '*' : exported.groups.join(', ')
  const causes = [
    ...(exported === undefined ? ['the path is not exported'] : []),
    ...(clients === '*' ? [] : [`the address of this machine is not among the allowed clients (${clients})`]),
    ...(exported !== undefined && withoutSlash(exported.path) === withoutSlash(path)
      ? []
      : ['the folder does not exist (Ganesha answers so)']),
    'a Ganesha server lacks the capabilities DAC_READ_SEARCH and SYS_ADMIN',
  ]
  if (stand.privilegedPort) {
    return {code: 'VN-NFS-MNT-ACCES', finding: `${opening}; possible: ${causes.join('; ')}`, tries: askExports(stand)}
  }
  const first = 'our source port is unprivileged and the export is "secure" (a VCH uses a port below 1024, we may not)'
  const finding = `${opening}; most likely ${first}; else: ${causes.join('; ')}`
  return {code: 'VN-NFS-SECURE-EXPORT', finding, tries: askAsRoot(stand)}
}

function diagnoseMount(error: NfsStatusError, stand: Standpoint, after: AfterRefusal): Diagnosis {
  if (error.status === MNT3_STATUS.ACCES.number) return diagnoseAccess(error, stand, after)
  const key = keyOf(MNT3_STATUS, error.status) as keyof typeof MNT_CODES | undefined
  const code = key === undefined ? 'VN-NFS-MNT-UNKNOWN' : MNT_CODES[key]
  return {
    code,
    finding: `${error.statusName}: mountd refuses ${stand.path}. ${error.meaning}`,
    tries: askExports(stand),
  }
}

function diagnoseDenied(error: NfsStatusError, rung: RungId, stand: Standpoint): Diagnosis {
  const {uid, gid} = stand
  if (rung === 'write') {
    const squash = uid === 0 ? 'the server squashes root to nobody (root_squash)' : 'the root belongs to another user'
    const finding = `${error.procedure}: ${error.statusName}: uid ${uid}, gid ${gid} may not make folders in the root of the export: ${squash}, or its mode forbids it`
    return {code: 'VN-NFS-WRITE-DENIED', finding, tries: []}
  }
  if (rung === 'fsinfo' && !stand.privilegedPort) {
    const finding = `${error.procedure}: ${error.statusName}: our source port is unprivileged, and the server demands one below 1024 as a VCH uses it`
    return {code: 'VN-NFS-SECURE-EXPORT', finding, tries: askAsRoot(stand)}
  }
  return {code: 'VN-NFS-DENIED', finding: `uid ${uid}, gid ${gid}: ${error.message}`, tries: []}
}

/** The cause of a status that MOUNT or NFS answered with. */
export function diagnoseStatus(
  error: NfsStatusError,
  stand: Standpoint,
  {rung, after}: {readonly rung: RungId; readonly after: AfterRefusal},
): Diagnosis {
  if (rung === 'subfolder') {
    const finding = `${error.statusName}: ${stand.path} can be mounted, ${stand.path}/volumes cannot. ${error.meaning}`
    return {code: 'VN-NFS-SUBFOLDER', finding, tries: []}
  }
  if (error.protocol === 'MOUNT') return diagnoseMount(error, stand, after)
  if (rung === 'readdirplus' && error.status === NFS3_STATUS.NOTSUPP.number) {
    return {
      code: 'VN-NFS-READDIRPLUS',
      finding: `${error.message} A VCH lists volumes with READDIRPLUS only.`,
      tries: [],
    }
  }
  const code = NFS_CODES[keyOf(NFS3_STATUS, error.status) as Nfs3StatusKey] ?? 'VN-NFS-STATUS'
  if (code === 'VN-NFS-DENIED') return diagnoseDenied(error, rung, stand)
  return {code, finding: error.message, tries: []}
}
