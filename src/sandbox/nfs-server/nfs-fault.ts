import {NFS3_STATUS, type Nfs3StatusKey} from '../../nfs/wire/status.js'

/** A request that ends with a status other than NFS3_OK. */
export class NfsFault extends Error {
  override readonly name = 'NfsFault'
  readonly status: number

  constructor(readonly key: Nfs3StatusKey) {
    super(NFS3_STATUS[key].name)
    this.status = NFS3_STATUS[key].number
  }
}

const BY_ERRNO: Readonly<Record<string, Nfs3StatusKey>> = {
  EPERM: 'PERM',
  ENOENT: 'NOENT',
  EIO: 'IO',
  EACCES: 'ACCES',
  EEXIST: 'EXIST',
  EXDEV: 'XDEV',
  ENOTDIR: 'NOTDIR',
  EISDIR: 'ISDIR',
  EINVAL: 'INVAL',
  EFBIG: 'FBIG',
  ENOSPC: 'NOSPC',
  EROFS: 'ROFS',
  EMLINK: 'MLINK',
  ENAMETOOLONG: 'NAMETOOLONG',
  ENOTEMPTY: 'NOTEMPTY',
  EDQUOT: 'DQUOT',
  // Something became a symlink under our hands: it is not followed, and not what the handle meant.
  ELOOP: 'STALE',
}

/** The NFS status of anything thrown while a request was served. */
export function statusOf(error: unknown): number {
  if (error instanceof NfsFault) return error.status
  const errno = (error as NodeJS.ErrnoException | undefined)?.code
  return NFS3_STATUS[(errno === undefined ? undefined : BY_ERRNO[errno]) ?? 'SERVERFAULT'].number
}
