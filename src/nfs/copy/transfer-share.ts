import {isVicnfsError, messageOf, VicnfsError} from '../../model/vicnfs-error.js'
import {openExport, type OpenExport} from '../client/open-export.js'
import {patientClient} from '../client/patient-client.js'
import type {ShareAddress} from '../preflight/report.js'
import {sessionOn} from '../share-access.js'
import {shownName} from '../wire/byte-text.js'
import {KEEP_ATTRIBUTES} from '../wire/nfs3-attributes.js'
import {compareTrees, type TreeDifference} from './compare-trees.js'
import {copyTree, type CopyCounts} from './copy-tree.js'
import {UNDER_WAY} from './earlier-copy.js'
import {isBegunCopy, markCopy} from './move-folder.js'
import {isFull, refuseTooSmall} from './room.js'
import {digestTree} from './tree-digest.js'
import {entriesOf} from './tree-entry.js'

export interface TransferOptions {
  readonly signal?: AbortSignal | undefined
  readonly portmapPort?: number | undefined
  /** For the mount; calls on files have a minute at least. */
  readonly timeoutMs?: number | undefined
  /** Words about what is being done right now. */
  readonly onProgress?: ((text: string) => void) | undefined
}

export interface Transferred extends Readonly<CopyCounts> {
  /** Of the share as it was compared with its copy; see `digestShare`. */
  readonly digest: string
}

const SHOWN = 5
/** So many differences are mended by the next copy at once. */
const MAX_DIFFERENCES = 1000
const MEGABYTE = 1_000_000
/** A server that writes to its disk may be silent for long. */
const PATIENCE_MS = 60_000

interface Place extends OpenExport {
  readonly address: ShareAddress
}

const callsOf = ({signal, timeoutMs = 0}: TransferOptions) => ({signal, timeoutMs: Math.max(timeoutMs, PATIENCE_MS)})

async function open(address: ShareAddress, options: TransferOptions): Promise<Place> {
  const {host, path} = address
  const credential = {flavor: 'sys', machine: 'vic', uid: 0, gid: 0, gids: [0]} as const
  const {signal, timeoutMs, portmapPort} = options
  const opened = await openExport({host, path, credential}, {signal, timeoutMs, portmapPort})
  return {...opened, nfs: patientClient(opened.nfs), address}
}

/** Nothing on a volume is written over: it is empty, or the copy of this share that was begun on it. @throws VN-MOVE-TARGET */
async function claim(to: Place, from: Place, options: TransferOptions): Promise<void> {
  const calls = callsOf(options)
  const session = sessionOn(to.address, {...to, calls})
  if (await isBegunCopy(session, from.address)) return
  const found = [...(await entriesOf(to, to.root, calls)).keys()].map(shownName)
  if (found.length === 0) return markCopy(session, from.address)
  throw new VicnfsError('VN-MOVE-TARGET', 'The volume to move to is not empty.', {
    reason: `On it: ${found.slice(0, SHOWN).join(', ')}${found.length > SHOWN ? ', …' : ''}. Nothing is deleted, mixed or written over.`,
    details: {found: found.slice(0, MAX_DIFFERENCES)},
  })
}

/** A file that looks brought would be passed over by the next copy: it is under way again. */
async function mendLater(to: Place, differences: readonly TreeDifference[], options: TransferOptions): Promise<void> {
  const attributes = {...KEEP_ATTRIBUTES, mode: UNDER_WAY, mtime: 'server'} as const
  for (const {spoilt: handle} of differences) {
    if (handle !== undefined) await to.nfs.setattr({handle, attributes, guardCtime: undefined}, callsOf(options))
  }
}

async function copyAndCompare(from: Place, to: Place, options: TransferOptions): Promise<Transferred> {
  const {onProgress} = options
  const calls = callsOf(options)
  const told = ({entries, bytes}: Readonly<CopyCounts>): void =>
    onProgress?.(`${entries} entries, ${Math.floor(bytes / MEGABYTE)} MB copied`)
  const counts = await copyTree(from, to, {...calls, onProgress: told})
  onProgress?.(`comparing ${counts.entries} entries`)
  const {differences, digest} = await compareTrees(from, to, {...calls, limit: MAX_DIFFERENCES})
  if (differences.length === 0) return {...counts, digest}
  await mendLater(to, differences, options)
  const found = differences.map(({path, what}) => ({path: `/${shownName(path)}`, what}))
  const shown = found.slice(0, SHOWN).map(({path, what}) => `${path}: ${what}`)
  throw new VicnfsError('VN-MOVE-DIFFERS', 'The copy is not like the share.', {
    reason: `${shown.join('; ')}${found.length > SHOWN ? '; …' : ''}. Somebody writes to the share, or to the volume that it is to move to.`,
    details: {differences: found},
  })
}

function failure(error: unknown, message: string): VicnfsError {
  const texts = [messageOf(error), ...(isVicnfsError(error) ? [error.reason] : [])]
  const full = isFull(error) ? ['The volume to move to is too small.'] : []
  const reason = [...full, ...texts.map((text) => `${text.replace(/\.$/, '')}.`)].join(' ')
  return new VicnfsError('VN-MOVE-FAILED', message, {reason, cause: error})
}

/** Opens a share for `body`, and closes it whatever happens. @throws VN-MOVE-FAILED; VN-MOVE-… of the body as it is */
async function onPlace<T>(
  address: ShareAddress,
  options: TransferOptions & {readonly message: string},
  body: (place: Place) => Promise<T>,
): Promise<T> {
  let opened: Place | undefined
  try {
    opened = await open(address, options)
    return await body(opened)
  } catch (error) {
    options.signal?.throwIfAborted()
    if (isVicnfsError(error) && error.code.startsWith('VN-MOVE-')) throw error
    throw failure(error, options.message)
  } finally {
    await opened?.close()
  }
}

/**
 * Copies a share into an empty one through NFS, as root, and reads both back to compare them. What an earlier, cut off
 * copy has brought is kept; nothing is deleted on either.
 * @throws VN-MOVE-TARGET, VN-MOVE-TOO-SMALL, VN-MOVE-DIFFERS, VN-MOVE-FAILED; the signal's reason when aborted
 */
export async function transferShare(
  from: ShareAddress,
  to: ShareAddress,
  options: TransferOptions,
): Promise<Transferred> {
  const told = {...options, message: `${from.host}:${from.path} could not be copied to ${to.host}:${to.path}.`}
  const transfer = async (source: Place, target: Place): Promise<Transferred> => {
    options.onProgress?.('looking at what is on both')
    await refuseTooSmall(source, target, callsOf(options))
    await claim(target, source, options)
    return copyAndCompare(source, target, options)
  }
  return onPlace(from, told, (source) => onPlace(to, told, (target) => transfer(source, target)))
}

/**
 * A digest of a share by names, sizes and times of change, the same for as long as nobody changes anything on it.
 * @throws VN-MOVE-FAILED; the signal's reason when aborted
 */
export async function digestShare(share: ShareAddress, options: TransferOptions): Promise<string> {
  const told = {...options, message: `${share.host}:${share.path} could not be read again.`}
  return onPlace(share, told, (place) => digestTree(place, callsOf(options)))
}
