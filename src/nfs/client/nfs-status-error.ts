import {mnt3Status, nfs3Status} from '../wire/status.js'

/** A MOUNT or NFS procedure that was answered with a status other than 0. */
export class NfsStatusError extends Error {
  override readonly name = 'NfsStatusError'
  /** Such as `NFS3ERR_ACCES`. */
  readonly statusName: string
  /** What the status means, one sentence. */
  readonly meaning: string

  /** @param procedure the procedure's name, such as `MKDIR` */
  constructor(
    readonly protocol: 'MOUNT' | 'NFS',
    readonly procedure: string,
    readonly status: number,
  ) {
    const row = protocol === 'MOUNT' ? mnt3Status(status) : nfs3Status(status)
    super(`${procedure}: ${row.name}: ${row.meaning}`)
    this.statusName = row.name
    this.meaning = row.meaning
  }
}

/** True for an NFS status error with one of these numbers. */
export function isNfsStatus(error: unknown, ...numbers: readonly number[]): error is NfsStatusError {
  return error instanceof NfsStatusError && error.protocol === 'NFS' && numbers.includes(error.status)
}
