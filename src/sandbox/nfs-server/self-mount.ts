import {once} from 'node:events'
import net from 'node:net'
import {decode, encode} from '../../nfs/wire/codec.js'
import {MOUNT3} from '../../nfs/wire/mount3.js'
import {NFS3} from '../../nfs/wire/nfs3.js'
import type {Procedure} from '../../nfs/wire/procedure.js'
import {RecordSplitter, sendRecord} from '../../nfs/wire/record-mark.js'
import {MOUNT, NFS, decodeReply, encodeCall, type Credential} from '../../nfs/wire/rpc-message.js'
import {mnt3Status, nfs3Status} from '../../nfs/wire/status.js'
import type {Peer} from './rpc-program.js'

const REPLY_LIMIT_BYTES = 65_536
const STEP_LIMIT_MS = 5000
const CREDENTIAL: Credential = {flavor: 'sys', machine: 'server', uid: 0, gid: 0, gids: [0]}

interface Target {
  readonly address: string
  /** Told the source before anything is sent from it. */
  readonly onSource: (peer: Peer) => void
  readonly port: number
  readonly program: {readonly program: number; readonly version: number}
}

/** One call on a connection of its own. */
async function callOnce<A, R>(target: Target, procedure: Procedure<A, R>, args: A): Promise<R> {
  const signal = AbortSignal.timeout(STEP_LIMIT_MS)
  const socket = net.connect({host: target.address, port: target.port, signal})
  try {
    await once(socket, 'connect', {signal})
    target.onSource({address: socket.localAddress ?? '', port: socket.localPort ?? 0})
    const body = encode(procedure.arguments, args)
    const call = {xid: 1, ...target.program, procedure: procedure.number, credential: CREDENTIAL, body}
    sendRecord(socket, encodeCall(call))
    const splitter = new RecordSplitter(REPLY_LIMIT_BYTES)
    for await (const chunk of socket) {
      const message = splitter.push(chunk as Buffer)[0]
      if (message === undefined) continue
      const reply = decodeReply(message)
      if (reply.status !== 'success') throw new Error(`${procedure.name}: ${reply.status}`)
      return decode(procedure.result, reply.body)
    }
    throw new Error(`${procedure.name}: the connection was closed`)
  } finally {
    socket.destroy()
  }
}

export interface OwnServices {
  readonly address: string
  readonly mountdPort: number
  readonly nfsdPort: number
  readonly onSource: (peer: Peer) => void
}

/**
 * Mounts the export as a client would: MNT at mountd, FSINFO at nfsd, UMNT. Answering mountd alone is no readiness
 * (facts/nfs-server.md § 7).
 * @throws Error with what was refused, in words
 */
export async function mountOwnExport(exportPath: string, services: OwnServices): Promise<void> {
  const {address, onSource} = services
  const mountd = {address, port: services.mountdPort, program: MOUNT, onSource}
  const granted = await callOnce(mountd, MOUNT3.mnt, exportPath)
  if (!granted.ok) throw new Error(`MNT ${exportPath}: ${mnt3Status(granted.status).name}`)
  const nfsd = {address, port: services.nfsdPort, program: NFS, onSource}
  const info = await callOnce(nfsd, NFS3.fsinfo, {handle: granted.value.handle})
  if (!info.ok) throw new Error(`FSINFO ${exportPath}: ${nfs3Status(info.status).name}`)
  await callOnce(mountd, MOUNT3.umnt, exportPath)
}
