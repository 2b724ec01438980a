import {lstat, readdir} from 'node:fs/promises'
import {statfsSync} from 'node:fs'
import path from 'node:path'
import {below} from './open-directory.js'

/** Space as FSSTAT tells it, bytes. */
export interface DiskSpace {
  readonly totalBytes: bigint
  readonly freeBytes: bigint
  readonly availableBytes: bigint
  readonly totalFiles: bigint
  readonly freeFiles: bigint
}

/** Unit of `blocks` in a stat, whatever the file system's own (stat(2)). */
const STAT_BLOCK_BYTES = 512

/** What the files below a directory take; one that goes away meanwhile takes nothing. */
async function takenBytes(directory: string): Promise<number> {
  const entries = await readdir(directory, {withFileTypes: true}).catch(() => [])
  const sizes = await Promise.all(
    entries.map(async (entry) => {
      const place = path.join(directory, entry.name)
      const stats = await lstat(place).catch(() => undefined)
      return (stats?.blocks ?? 0) * STAT_BLOCK_BYTES + (entry.isDirectory() ? await takenBytes(place) : 0)
    }),
  )
  return sizes.reduce((sum, size) => sum + size, 0)
}

/**
 * Space of the file system that an open directory lies in; of the volume's own disk where its capacity is known, since
 * the directory that stands for that disk shares this machine's with everything else.
 */
export async function diskSpace(
  directoryFd: number,
  disk: {readonly rootDirectory: string; readonly capacityBytes?: number},
): Promise<DiskSpace> {
  const machine = statfsSync(below(directoryFd), {bigint: true})
  const [total, free, available] = [machine.blocks, machine.bfree, machine.bavail].map((count) => count * machine.bsize)
  const files = {totalFiles: machine.files, freeFiles: machine.ffree}
  const {rootDirectory, capacityBytes} = disk
  if (capacityBytes === undefined) {
    return {totalBytes: total ?? 0n, freeBytes: free ?? 0n, availableBytes: available ?? 0n, ...files}
  }
  const totalBytes = BigInt(capacityBytes)
  const left = totalBytes - BigInt(await takenBytes(rootDirectory))
  const freeBytes = left < 0n ? 0n : left
  return {totalBytes, freeBytes, availableBytes: freeBytes, ...files}
}
