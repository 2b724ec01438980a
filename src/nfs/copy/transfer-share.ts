import {messageOf, VicnfsError} from '../../model/vicnfs-error.js'
import {openExport, type OpenExport} from '../client/open-export.js'
import type {ShareAddress} from '../preflight/report.js'
import {spaceOf} from '../share-space.js'
import {compareTrees, foreignEntries} from './compare-trees.js'
import {copyTree, type CopyCounts} from './copy-tree.js'

export interface TransferOptions {
  readonly signal?: AbortSignal | undefined
  readonly portmapPort?: number | undefined
  /** For each call. */
  readonly timeoutMs?: number | undefined
  /** Words about what is being done right now. */
  readonly onProgress?: ((text: string) => void) | undefined
}

const SHOWN = 5
const MEGABYTE = 1_000_000

function open({host, path}: ShareAddress, options: TransferOptions): Promise<OpenExport> {
  const credential = {flavor: 'sys', machine: 'vic', uid: 0, gid: 0, gids: [0]} as const
  const {signal, timeoutMs, portmapPort} = options
  return openExport({host, path, credential}, {signal, timeoutMs, portmapPort})
}

/** @throws VN-MOVE-TARGET, VN-MOVE-TOO-SMALL */
async function refuseUnfit(from: OpenExport, to: OpenExport, options: TransferOptions): Promise<void> {
  const {signal, timeoutMs, onProgress} = options
  const calls = {signal, timeoutMs}
  onProgress?.('looking at what is on both')
  const foreign = await foreignEntries(from, to, {...calls, limit: SHOWN})
  if (foreign.length > 0) {
    throw new VicnfsError('VN-MOVE-TARGET', 'The volume to move to holds something that the share does not have.', {
      reason: `On it: ${foreign.join(', ')}${foreign.length === SHOWN ? ', …' : ''}. Nothing is deleted or mixed.`,
      details: {foreign},
    })
  }
  const [source, target] = [await spaceOf(from.nfs, from.root, calls), await spaceOf(to.nfs, to.root, calls)]
  // What an earlier copy has brought is on the target already.
  if (target.availableBytes + target.usedBytes >= source.usedBytes) return
  const [needed, there] = [source.usedBytes, target.availableBytes].map((bytes) => Math.ceil(bytes / MEGABYTE))
  throw new VicnfsError('VN-MOVE-TOO-SMALL', `The share uses ${needed} MB, the volume to move to has ${there} MB.`, {
    details: {usedBytes: source.usedBytes, availableBytes: target.availableBytes},
  })
}

async function copyAndCompare(from: OpenExport, to: OpenExport, options: TransferOptions) {
  const {signal, timeoutMs, onProgress} = options
  const calls = {signal, timeoutMs}
  const told = ({entries, bytes}: Readonly<CopyCounts>): void =>
    onProgress?.(`${entries} entries, ${Math.floor(bytes / MEGABYTE)} MB copied`)
  const counts = await copyTree(from, to, {...calls, onProgress: told})
  onProgress?.(`comparing ${counts.entries} entries`)
  const differences = await compareTrees(from, to, {...calls, limit: SHOWN})
  if (differences.length === 0) return counts
  const shown = differences.map(({path, what}) => `${path}: ${what}`)
  throw new VicnfsError('VN-MOVE-DIFFERS', 'The copy is not like the share.', {
    reason: `${shown.join('; ')}. Somebody writes to the share, or to the volume that it is to move to.`,
    details: {differences},
  })
}

/**
 * Copies a share into another one through NFS, as root, and reads both back to compare them. What an earlier, cut off
 * copy has brought is kept; nothing is deleted on either.
 * @returns what was copied
 * @throws VN-MOVE-TARGET, VN-MOVE-TOO-SMALL, VN-MOVE-DIFFERS, VN-MOVE-FAILED; the signal's reason when aborted
 */
export async function transferShare(
  from: ShareAddress,
  to: ShareAddress,
  options: TransferOptions,
): Promise<Readonly<CopyCounts>> {
  const opened: OpenExport[] = []
  try {
    const source = await open(from, options)
    opened.push(source)
    const target = await open(to, options)
    opened.push(target)
    await refuseUnfit(source, target, options)
    return await copyAndCompare(source, target, options)
  } catch (error) {
    options.signal?.throwIfAborted()
    if (error instanceof VicnfsError) throw error
    const message = `${from.host}:${from.path} could not be copied to ${to.host}:${to.path}.`
    throw new VicnfsError('VN-MOVE-FAILED', message, {reason: messageOf(error), cause: error})
  } finally {
    for (const each of opened) await each.close()
  }
}
