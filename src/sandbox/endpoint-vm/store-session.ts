import type {StatusResult} from '../../nfs/wire/procedure.js'
import {MOUNT3} from '../../nfs/wire/mount3.js'
import {NFS3} from '../../nfs/wire/nfs3.js'
import {PORTMAP2} from '../../nfs/wire/portmap2.js'
import {IPPROTO_TCP, MOUNT, NFS, PORTMAP, type Credential} from '../../nfs/wire/rpc-message.js'
import {mnt3Status, nfs3Status, type StatusMeaning} from '../../nfs/wire/status.js'
import type {VolumeStore} from '../../model/volume-store.js'
import {dialRpc, type RpcConnection} from './rpc-connection.js'

/** Where and as whom the port layer uses an NFS store. */
export interface StoreTarget {
  readonly host: string
  readonly path: string
  readonly uid: number
  readonly gid: number
}

export interface DialSettings {
  readonly portmapPort: number
  readonly localAddress: string
  readonly signal: AbortSignal
}

/** An opened store: mounted, its root handle known. */
export interface StoreSession {
  readonly root: Buffer
  readonly nfs: RpcConnection
  readonly credential: Credential
  /** UMNT, then both connections. */
  close(): Promise<void>
}

const DEFAULT_ID = 1000
const MAX_INT = 0x7fff_ffff_ffff_ffffn

function idOf(name: string, text: string | null, fallback: number): number {
  if (text === null || text === '') return fallback
  const value = /^[+-]?\d+$/.test(text) ? BigInt(text.replace(/^\+/, '')) : -1n
  if (value < 0n || value > MAX_INT) throw new Error(`strconv.Atoi: parsing "${text}": invalid ${name}`)
  return Number(BigInt.asUintN(32, value))
}

/**
 * Reads uid and gid of a store's URL: default 1000, the gid defaults to the uid (facts/vic-machine.md § 6.1).
 * @throws Error as the port layer logs it: a bad id, or a port in the host part
 */
export function storeTarget(store: VolumeStore): StoreTarget {
  // Go of that time took a semicolon for an ampersand.
  const query = new URLSearchParams(store.query.replaceAll(';', '&'))
  const uid = idOf('uid', query.get('uid'), DEFAULT_ID)
  const gid = idOf('gid', query.get('gid'), uid)
  const host = /^\[([0-9A-Fa-f:.]+)\]$/.exec(store.host)?.[1] ?? store.host
  if (host === store.host && host.includes(':')) throw new Error(`address ${host}:111: too many colons in address`)
  return {host, path: store.path, uid, gid}
}

/** The value of a MOUNT or NFS result. @throws Error `NFS3ERR_ACCES` and the like, with `what` failed */
export function granted<O, F>(
  result: StatusResult<O, F>,
  what: string,
  name: (status: number) => StatusMeaning = nfs3Status,
): O {
  if (result.ok) return result.value
  throw Object.assign(new Error(`${what}: ${name(result.status).name}`), {status: result.status})
}

async function portOf(target: StoreTarget, dial: DialSettings, program: typeof MOUNT | typeof NFS): Promise<number> {
  const portmap = await dialRpc(target.host, dial.portmapPort, {...dial, program: PORTMAP, privileged: false})
  try {
    return await portmap.call(PORTMAP2.getport, {...program, protocol: IPPROTO_TCP, port: 0})
  } finally {
    portmap.close()
  }
}

/** The opening of every use of an NFS store (facts/vic-machine.md § 6.1): GETPORT, MNT, GETPORT, FSINFO. */
export async function openStore(target: StoreTarget, dial: DialSettings): Promise<StoreSession> {
  const credential: Credential = {flavor: 'sys', machine: 'vic', uid: target.uid, gid: target.gid, gids: [0]}
  const mountdPort = await portOf(target, dial, MOUNT)
  const mountd = await dialRpc(target.host, mountdPort, {...dial, program: MOUNT, privileged: true})
  let nfs: RpcConnection | undefined
  try {
    const {handle} = granted(await mountd.call(MOUNT3.mnt, target.path, credential), `MNT ${target.path}`, mnt3Status)
    const nfsdPort = await portOf(target, dial, NFS)
    nfs = await dialRpc(target.host, nfsdPort, {...dial, program: NFS, privileged: true})
    granted(await nfs.call(NFS3.fsinfo, {handle}, credential), 'FSINFO')
    return sessionOf({target, credential, mountd, nfs, root: handle})
  } catch (error) {
    mountd.close()
    nfs?.close()
    throw error
  }
}

interface Opened {
  readonly target: StoreTarget
  readonly credential: Credential
  readonly mountd: RpcConnection
  readonly nfs: RpcConnection
  readonly root: Buffer
}

function sessionOf({target, credential, mountd, nfs, root}: Opened): StoreSession {
  const close = async (): Promise<void> => {
    try {
      await mountd.call(MOUNT3.umnt, target.path, credential)
    } finally {
      mountd.close()
      nfs.close()
    }
  }
  return {root, nfs, credential, close}
}

/** Opens the store, does the work, unmounts; what is done is done, whether the server takes the unmount or not. */
export async function withStore<T>(
  target: StoreTarget,
  dial: DialSettings,
  work: (session: StoreSession) => Promise<T>,
): Promise<T> {
  const session = await openStore(target, dial)
  try {
    return await work(session)
  } finally {
    await session.close().catch(() => undefined)
  }
}
