import type {DecodedHandle} from './file-handle.js'
import {childNode, nodeAt, rootNode, type FileNode, type Request} from './file-node.js'
import {NfsFault} from './nfs-fault.js'
import {createDescriptorScope, listNames, openDownwards, openRoot} from './open-directory.js'
import {keyOf, type ServedExport} from './served-export.js'

type Place = Pick<Request, 'served' | 'scope'>

/** A directory that was searched in vain so recently is not searched again for the same handle. */
const SEARCH_PAUSE_MS = 1000
const MISSED_LIMIT = 4096

/** The name is gone, or something else has taken it. */
function isGone(error: unknown): boolean {
  if (error instanceof NfsFault) return true
  return ['ENOENT', 'ENOTDIR', 'ELOOP'].includes((error as NodeJS.ErrnoException).code ?? '')
}

function followIndex(place: Place, root: FileNode, key: string): FileNode | undefined {
  const {served, scope} = place
  const names = served.index.pathOf(key, root.key)
  if (names === undefined) return undefined
  try {
    const last = names.pop()
    if (last === undefined) return root
    const parentFd = openDownwards(root.directoryFd, names, scope)
    const node = childNode(place, nodeAt(served, parentFd), last)
    return node.key === key && node.stats.dev === root.stats.dev ? node : undefined
  } catch (error) {
    if (isGone(error)) return undefined
    throw error
  }
}

function scanDirectory(served: ServedExport, rootDev: bigint, path: readonly string[]): string[][] {
  const scope = createDescriptorScope()
  const found: string[][] = []
  try {
    const fd = openDownwards(openRoot(served.rootDirectory, scope), path, scope)
    const directory = nodeAt(served, fd)
    if (directory.stats.dev !== rootDev) return []
    for (const name of listNames(fd)) {
      const child = nodeAt(served, fd, name)
      served.index.record(child.key, directory.key, name)
      if (child.stats.isDirectory()) found.push([...path, name])
    }
  } catch {
    // Changed while it was read: what is missing now is looked for again when it is asked for.
  } finally {
    scope.closeAll()
  }
  return found
}

/** Learns anew where everything is: after a restart, and when names were changed behind the server's back. */
function scanExport(served: ServedExport, rootDev: bigint): void {
  served.index.clear()
  const waiting: string[][] = [[]]
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop())
    waiting.push(...scanDirectory(served, rootDev, path))
}

function search(place: Place, root: FileNode, key: string): FileNode | undefined {
  const {served} = place
  const missedMs = served.missedMs.get(key)
  if (missedMs !== undefined && performance.now() - missedMs < SEARCH_PAUSE_MS) return undefined
  scanExport(served, root.stats.dev)
  const node = followIndex(place, root, key)
  if (served.missedMs.size >= MISSED_LIMIT) served.missedMs.clear()
  if (node === undefined) served.missedMs.set(key, performance.now())
  else served.missedMs.delete(key)
  return node
}

function isCurrent(served: ServedExport, decoded: DecodedHandle, key: string): boolean {
  return decoded.sameExport && served.table.generation(key) === decoded.generation
}

/**
 * The file that a handle means.
 * @throws NfsFault BADHANDLE for a handle that we never made, STALE for a file that is gone
 */
export function resolveHandle(place: Place, handle: Buffer): FileNode {
  const {served} = place
  const decoded = served.handles.decode(handle)
  if (decoded === undefined) throw new NfsFault('BADHANDLE')
  const key = keyOf(decoded)
  if (!isCurrent(served, decoded, key)) throw new NfsFault('STALE')
  const root = rootNode(place)
  const node = followIndex(place, root, key) ?? search(place, root, key)
  if (node === undefined) throw new NfsFault('STALE')
  return node
}

/** The directory above; of the export's root, the root itself: nothing above it can be reached. */
export function parentOf(place: Place, directory: FileNode): FileNode {
  const root = rootNode(place)
  const names = place.served.index.pathOf(directory.key, root.key)
  if (names === undefined) throw new NfsFault('STALE')
  names.pop()
  let node = root
  for (const name of names) node = childNode(place, node, name)
  return node
}
