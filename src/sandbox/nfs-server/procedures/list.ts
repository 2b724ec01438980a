import type {Entry, EntryPlus, Listing} from '../../../nfs/wire/nfs3-results.js'
import {MAY_READ} from '../caller.js'
import {demandAccess, demandDirectory, handleOf, nodeAt, type FileNode, type Request} from '../file-node.js'
import {inCookieOrder, type ListedName} from '../listing-cache.js'
import {attributesNow, attributesOf} from '../node-attributes.js'
import {NfsFault} from '../nfs-fault.js'
import {listNames} from '../open-directory.js'
import {parentOf, resolveHandle} from '../resolve-handle.js'
import {TRANSFER_LIMIT_BYTES} from './file-system.js'
import type {Serve} from './procedure-types.js'

const COOKIE_VERIFIER = Buffer.alloc(8)

/** Of a reply without entries: attributes, verifier, end of list, eof. */
const FRAME_BYTES = 4 + 84 + 8 + 4 + 4
/** Of an entry: marker, fileid, name's length, cookie. */
const ENTRY_BYTES = 4 + 8 + 4 + 8
/** What READDIRPLUS adds: attributes and a handle with its length, each with a marker. */
const PLUS_BYTES = 4 + 84 + 4 + 4
/** A change of the directory within its clock's tick does not show in its time. */
const CLOCK_TICK_NS = 50_000_000n

const DOTS: readonly ListedName[] = [
  {name: '.', cookie: 1n},
  {name: '..', cookie: 2n},
]

function sortedNames({served}: Request, directory: FileNode, cookie: bigint): readonly ListedName[] {
  const {key, directoryFd, stats} = directory
  // A listing that begins sees the directory as it is now; only its further pages may come from what is kept.
  const kept = cookie === 0n ? undefined : served.listings.get(key, stats.mtimeNs)
  if (kept !== undefined) return kept
  const names = [...DOTS, ...inCookieOrder(listNames(directoryFd))]
  const isSettled = BigInt(Date.now()) * 1_000_000n - stats.mtimeNs > CLOCK_TICK_NS
  if (isSettled) served.listings.put(key, stats.mtimeNs, names)
  return names
}

/** First position whose cookie is above the given one. */
function positionAfter(names: readonly ListedName[], cookie: bigint): number {
  let low = 0
  let high = names.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((names[middle]?.cookie ?? 0n) > cookie) high = middle
    else low = middle + 1
  }
  return low
}

/** The file behind a name, or undefined for one that has gone meanwhile or is a mount point. */
function listedNode(request: Request, directory: FileNode, name: string): FileNode | undefined {
  if (name === '.') return directory
  if (name === '..') return parentOf(request, directory)
  try {
    const node = nodeAt(request.served, directory.directoryFd, name)
    if (node.stats.dev !== directory.stats.dev) return undefined
    request.served.index.record(node.key, directory.key, name)
    return node
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

interface Page<E> {
  readonly dir: Buffer
  readonly cookie: bigint
  /** Makes the entry; `bytes` is its share of the reply, `nameBytes` its share of what `dircount` limits. */
  readonly entryOf: (listed: ListedName, node: FileNode) => {entry: E; bytes: number; nameBytes: number}
  readonly maxBytes: number
  readonly maxNameBytes: number
}

function listPage<E>(request: Request, page: Page<E>): Listing<E> {
  const directory = demandDirectory(resolveHandle(request, page.dir))
  demandAccess(request, directory, MAY_READ)
  const names = sortedNames(request, directory, page.cookie)
  const entries: E[] = []
  let left = Math.min(page.maxBytes, TRANSFER_LIMIT_BYTES) - FRAME_BYTES
  let nameLeft = page.maxNameBytes
  let position = positionAfter(names, page.cookie)
  for (; position < names.length; position++) {
    const listed = names[position]
    const node = listed === undefined ? undefined : listedNode(request, directory, listed.name)
    if (listed === undefined || node === undefined) continue
    const {entry, bytes, nameBytes} = page.entryOf(listed, node)
    left -= bytes
    nameLeft -= nameBytes
    // `dircount` is a wish (RFC 1813 § 3.3.17): it never keeps the first entry back.
    if (left < 0 || (nameLeft < 0 && entries.length > 0)) break
    entries.push(entry)
  }
  const eof = position >= names.length
  if (entries.length === 0 && !eof) throw new NfsFault('TOOSMALL')
  const dirAttributes = attributesNow(request.served, directory)
  return {dirAttributes, cookieVerifier: COOKIE_VERIFIER, entries, eof}
}

function nameBytes(name: string): number {
  return Math.ceil(Buffer.byteLength(name) / 4) * 4
}

export const readdir: Serve<'readdir'> = ({dir, cookie, count}, request) =>
  listPage<Entry>(request, {
    dir,
    cookie,
    maxBytes: count,
    maxNameBytes: Number.POSITIVE_INFINITY,
    entryOf: (listed, node) => ({
      entry: {fileid: node.stats.ino, ...listed},
      bytes: ENTRY_BYTES + nameBytes(listed.name),
      nameBytes: 0,
    }),
  })

/** Always with attributes and handles: VIC's client needs both (facts/vic-machine.md § 6.1). */
export const readdirplus: Serve<'readdirplus'> = ({dir, cookie, dirCount, maxCount}, request) =>
  listPage<EntryPlus>(request, {
    dir,
    cookie,
    maxBytes: maxCount,
    maxNameBytes: dirCount,
    entryOf(listed, node) {
      const {served} = request
      const handle = handleOf(served, node)
      const entry = {fileid: node.stats.ino, ...listed, attributes: attributesOf(served, node), handle}
      const bytes = ENTRY_BYTES + nameBytes(listed.name) + PLUS_BYTES + handle.length
      return {entry, bytes, nameBytes: ENTRY_BYTES - 4 + nameBytes(listed.name)}
    },
  })
