/** A status of MOUNT or NFS: its number, its name in the RFC, and what it means to an operator. */
export interface StatusMeaning {
  readonly number: number
  readonly name: string
  readonly meaning: string
}

const table = <K extends string>(prefix: string, rows: Record<K, readonly [number, string]>) =>
  Object.fromEntries(
    Object.entries<readonly [number, string]>(rows).map(([key, [number, meaning]]) => [
      key,
      {number, name: key === 'OK' ? `${prefix.slice(0, 4)}_OK` : `${prefix}${key}`, meaning},
    ]),
  ) as Readonly<Record<K, StatusMeaning>>

/** Answers of MNT (mountstat3, RFC 1813 § 5.1.5). */
export const MNT3_STATUS = table('MNT3ERR_', {
  OK: [0, 'The mount is granted.'],
  PERM: [1, 'The server lets only its own administrator mount this path.'],
  NOENT: [2, 'The path does not exist on the server.'],
  IO: [5, 'The server could not read the exported folder: its disk reported an error.'],
  ACCES: [13, 'The server does not let this client mount this path.'],
  NOTDIR: [20, 'The path exists on the server but is not a folder.'],
  INVAL: [22, 'The server rejects the request as invalid.'],
  NAMETOOLONG: [63, 'The path is longer than the server accepts.'],
  NOTSUPP: [10004, 'The server does not support this mount request.'],
  SERVERFAULT: [10006, 'The server failed inside while it handled the mount.'],
})

/** Answers of the NFSv3 procedures (nfsstat3, RFC 1813 § 2.6). */
export const NFS3_STATUS = table('NFS3ERR_', {
  OK: [0, 'The request succeeded.'],
  PERM: [1, 'Only the owner or root may do this.'],
  NOENT: [2, 'The file or folder does not exist.'],
  IO: [5, "The server's disk reported an error."],
  NXIO: [6, 'The device behind the file does not exist.'],
  ACCES: [13, 'The user and group that were sent may not do this; root may have been squashed to nobody.'],
  EXIST: [17, 'A file or folder of this name exists already.'],
  XDEV: [18, 'A hard link or rename would cross from one file system to another.'],
  NODEV: [19, 'The device does not exist.'],
  NOTDIR: [20, 'It is not a folder.'],
  ISDIR: [21, 'It is a folder.'],
  INVAL: [22, 'The server rejects an argument of the request.'],
  FBIG: [27, 'The file would grow larger than the server allows.'],
  NOSPC: [28, 'The volume behind the share is full.'],
  ROFS: [30, 'The share is exported read-only, or its file system is mounted read-only.'],
  MLINK: [31, 'The file has too many hard links.'],
  NAMETOOLONG: [63, 'The name is longer than the server accepts.'],
  NOTEMPTY: [66, 'The folder is not empty.'],
  DQUOT: [69, "The user's disk quota on the server is used up."],
  STALE: [70, 'The file handle is no longer known: the file or the whole file system behind the share was exchanged.'],
  REMOTE: [71, 'The file lies on another server.'],
  BADHANDLE: [10001, 'The server cannot make sense of the file handle.'],
  NOT_SYNC: [10002, 'The file changed meanwhile.'],
  BAD_COOKIE: [10003, 'The folder changed while it was listed.'],
  NOTSUPP: [10004, 'The server does not support this request.'],
  TOOSMALL: [10005, 'The reply does not fit into the size that was asked for.'],
  SERVERFAULT: [10006, 'The server failed inside while it handled the request.'],
  BADTYPE: [10007, 'The server does not support files of this type.'],
  JUKEBOX: [10008, 'The server is not ready to answer yet and asks to be called again later.'],
})

export type Mnt3StatusKey = keyof typeof MNT3_STATUS
export type Nfs3StatusKey = keyof typeof NFS3_STATUS

const byNumber = (rows: Readonly<Record<string, StatusMeaning>>): ReadonlyMap<number, StatusMeaning> =>
  new Map(Object.values(rows).map((row) => [row.number, row]))

const MNT3_BY_NUMBER = byNumber(MNT3_STATUS)
const NFS3_BY_NUMBER = byNumber(NFS3_STATUS)

const unknown = (number: number): StatusMeaning => ({
  number,
  name: `status ${number}`,
  meaning: 'The server answered with a status that the protocol does not know.',
})

export const mnt3Status = (number: number): StatusMeaning => MNT3_BY_NUMBER.get(number) ?? unknown(number)
export const nfs3Status = (number: number): StatusMeaning => NFS3_BY_NUMBER.get(number) ?? unknown(number)

/** Why a server refuses a credential (auth_stat, RFC 5531 § 9). */
const AUTH_STATUS = [
  'AUTH_OK',
  'AUTH_BADCRED',
  'AUTH_REJECTEDCRED',
  'AUTH_BADVERF',
  'AUTH_REJECTEDVERF',
  'AUTH_TOOWEAK',
  'AUTH_INVALIDRESP',
  'AUTH_FAILED',
] as const

export const AUTH_TOOWEAK = 5
export const authStatusName = (number: number): string => AUTH_STATUS[number] ?? `auth status ${number}`
