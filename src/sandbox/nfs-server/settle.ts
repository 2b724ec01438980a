import {fdatasync, fsync} from 'node:fs'
import {promisify} from 'node:util'
import type {Request} from './file-node.js'

const syncFile = promisify(fsync)
const syncFileData = promisify(fdatasync)

/**
 * Puts changes of names and attributes on stable storage before the reply (RFC 1813 § 4.8), unless the export is `async`.
 * @param fds directories and files that were changed
 */
export async function settle({served, rule}: Request, fds: readonly number[]): Promise<void> {
  if (!rule.sync) return
  await Promise.all([...new Set(fds)].map((fd) => syncFile(fd)))
  await served.table.sync()
}

/** Puts the data of a file on stable storage; with `metadata`, its times too. */
export async function settleData({rule}: Request, fd: number, {metadata}: {readonly metadata: boolean}): Promise<void> {
  if (!rule.sync) return
  await (metadata ? syncFile(fd) : syncFileData(fd))
}
