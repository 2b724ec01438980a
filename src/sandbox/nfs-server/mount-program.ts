import path from 'node:path'
import {MAX_PATH_BYTES, MOUNT3, type MountEntry} from '../../nfs/wire/mount3.js'
import {MOUNT} from '../../nfs/wire/rpc-message.js'
import {MNT3_STATUS, type Mnt3StatusKey} from '../../nfs/wire/status.js'
import type {Admission} from './admission.js'
import {childNode, handleOf, rootNode, type FileNode} from './file-node.js'
import {createDescriptorScope, type DescriptorScope} from './open-directory.js'
import {served as row, type Peer, type RpcProgram} from './rpc-program.js'
import type {ServedExport} from './served-export.js'

const AUTH_SYS = 1
const MOUNTS_LIMIT = 1024

export interface MountOptions {
  readonly exportPath: string
  readonly admission: Admission
  /** Client patterns that EXPORT shows. */
  readonly groups: readonly string[]
  /** One line of the kind that rpc.mountd writes. */
  readonly log: (line: string) => void
}

/** A path as it may stand in a log: a client cannot write lines of its own into it. */
function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, '?')
}

/** Names below the export, or undefined for a path outside it. */
function namesBelow(exportPath: string, wanted: string): string[] | undefined {
  if (!wanted.startsWith('/')) return undefined
  const relative = path.posix.relative(exportPath, path.posix.normalize(wanted))
  if (relative === '') return []
  const names = relative.split('/')
  return names[0] === '..' ? undefined : names
}

/** A status of MNT other than MNT3_OK. */
class MountRefusal extends Error {
  override readonly name = 'MountRefusal'

  constructor(
    readonly key: Mnt3StatusKey,
    readonly why: string,
  ) {
    super(why)
  }
}

/** Walks without following links: a link below the export may point anywhere. */
function findDirectory(served: ServedExport, names: readonly string[], scope: DescriptorScope): FileNode {
  let node = rootNode({served, scope})
  for (const name of names) {
    if (node.stats.isSymbolicLink()) throw new MountRefusal('ACCES', 'a symlink is not followed')
    if (!node.stats.isDirectory()) throw new MountRefusal('NOTDIR', 'not a directory')
    node = childNode({served, scope}, node, name)
  }
  if (node.stats.isSymbolicLink()) throw new MountRefusal('ACCES', 'a symlink is not followed')
  if (!node.stats.isDirectory()) throw new MountRefusal('NOTDIR', 'not a directory')
  return node
}

function findGranted(
  served: ServedExport,
  wanted: string,
  {peer, options, scope}: {peer: Peer; options: MountOptions; scope: DescriptorScope},
): FileNode {
  const names = namesBelow(options.exportPath, wanted)
  if (names === undefined) throw new MountRefusal('ACCES', 'no export entry')
  const verdict = options.admission.admit(peer)
  // Both are ACCES on the kernel's server (facts/nfs-server.md § 5, Ports).
  if ('refused' in verdict)
    throw new MountRefusal('ACCES', verdict.refused === 'host' ? 'unmatched host' : `illegal port ${peer.port}`)
  if (Buffer.byteLength(wanted) >= MAX_PATH_BYTES) throw new MountRefusal('NAMETOOLONG', 'path too long')
  try {
    return findDirectory(served, names, scope)
  } catch (error) {
    if (error instanceof MountRefusal) throw error
    const {code} = error as NodeJS.ErrnoException
    throw new MountRefusal(code === 'ENOENT' ? 'NOENT' : 'ACCES', `can't stat: ${(error as Error).message}`)
  }
}

/** Who has mounted what, as far as anybody said so (rmtab). */
function createMountList() {
  const mounts = new Map<string, MountEntry>()
  const keyOf = ({host, path: mounted}: MountEntry): string => `${host} ${mounted}`
  return {
    list: () => [...mounts.values()],
    add(entry: MountEntry) {
      if (mounts.size >= MOUNTS_LIMIT) mounts.delete(mounts.keys().next().value ?? '')
      mounts.set(keyOf(entry), entry)
    },
    remove: (entry: MountEntry) => void mounts.delete(keyOf(entry)),
    removeHost(host: string) {
      for (const [key, entry] of mounts) if (entry.host === host) mounts.delete(key)
    },
  }
}

/** MOUNT version 3 (RFC 1813 § 5) for the export and every directory below it. */
export function createMountProgram(served: ServedExport, options: MountOptions): RpcProgram {
  const mounts = createMountList()
  const mount = (wanted: string, peer: Peer) => {
    const scope = createDescriptorScope()
    const from = `${peer.address}:${peer.port}`
    try {
      const node = findGranted(served, wanted, {peer, options, scope})
      mounts.add({host: peer.address, path: wanted})
      options.log(`authenticated mount request from ${from} for ${printable(wanted)} (${options.exportPath})`)
      return {ok: true, value: {handle: handleOf(served, node), flavors: [AUTH_SYS]}} as const
    } catch (error) {
      const {key, why} = error instanceof MountRefusal ? error : new MountRefusal('SERVERFAULT', String(error))
      options.log(`refused mount request from ${from} for ${printable(wanted)}: ${printable(why)}`)
      return {ok: false, status: MNT3_STATUS[key].number, failure: {}} as const
    } finally {
      scope.closeAll()
    }
  }
  return {
    ...MOUNT,
    procedures: new Map([
      row(MOUNT3.null, () => ({})),
      row(MOUNT3.mnt, mount),
      row(MOUNT3.dump, () => mounts.list()),
      row(MOUNT3.umnt, (wanted, peer) => {
        mounts.remove({host: peer.address, path: wanted})
        options.log(`authenticated unmount request from ${peer.address}:${peer.port} for ${printable(wanted)}`)
        return {}
      }),
      row(MOUNT3.umntall, (_, peer) => {
        mounts.removeHost(peer.address)
        return {}
      }),
      row(MOUNT3.export, () => [{path: options.exportPath, groups: options.groups}]),
    ]),
  }
}
