import {mkdirSync, mkdtempSync, rmSync} from 'node:fs'
import {once} from 'node:events'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import {decode, encode, type Codec} from '../../../../src/nfs/wire/codec.js'
import {MOUNT3} from '../../../../src/nfs/wire/mount3.js'
import {NFS3, type Nfs3Name} from '../../../../src/nfs/wire/nfs3.js'
import type {Procedure} from '../../../../src/nfs/wire/procedure.js'
import {RecordSplitter, sendRecord} from '../../../../src/nfs/wire/record-mark.js'
import {MOUNT, NFS, decodeReply, encodeCall, type Credential} from '../../../../src/nfs/wire/rpc-message.js'
import type {Pieces} from '../../../../src/nfs/wire/xdr.js'
import {nfs3Status} from '../../../../src/nfs/wire/status.js'
import type {ServerSettings} from '../../../../src/sandbox/nfs-server/settings.js'
import {startNfsServer, type NfsServer} from '../../../../src/sandbox/nfs-server/start-server.js'

export const OPEN = '*(rw,sync,no_subtree_check,insecure,no_root_squash)'

export function caller(uid: number, gid = uid, gids: readonly number[] = []): Credential {
  return {flavor: 'sys', machine: 'test', uid, gid, gids}
}

export const ROOT = caller(0)

/** One TCP connection that sends calls and hands back replies by xid. */
export interface Connection {
  readonly socket: net.Socket
  send(message: Pieces): void
  reply(xid: number): Promise<Buffer>
  close(): void
}

export async function connect(address: string, port: number): Promise<Connection> {
  const socket = net.connect({host: address, port})
  await once(socket, 'connect')
  const splitter = new RecordSplitter(1 << 20)
  const waiting = new Map<number, {resolve: (message: Buffer) => void; reject: (error: Error) => void}>()
  const arrived = new Map<number, Buffer>()
  socket.on('error', () => {})
  socket.on('close', () => {
    for (const {reject} of waiting.values()) reject(new Error('connection closed'))
  })
  socket.on('data', (chunk: Buffer) => {
    for (const message of splitter.push(chunk)) {
      const xid = message.readUInt32BE(0)
      arrived.set(xid, message)
      waiting.get(xid)?.resolve(message)
      waiting.delete(xid)
    }
  })
  return {
    socket,
    send: (message) => sendRecord(socket, message),
    async reply(xid) {
      const message =
        arrived.get(xid) ?? (await new Promise<Buffer>((resolve, reject) => waiting.set(xid, {resolve, reject})))
      arrived.delete(xid)
      return message
    },
    close: () => socket.destroy(),
  }
}

let lastXid = 0

export async function call<A, R>(
  connection: Connection,
  procedure: Procedure<A, R>,
  {args, program, credential = ROOT}: {args: A; program: {program: number; version: number}; credential?: Credential},
): Promise<R> {
  const xid = ++lastXid
  const body = encode(procedure.arguments, args)
  connection.send(encodeCall({xid, ...program, procedure: procedure.number, credential, body}))
  const reply = decodeReply(await connection.reply(xid))
  if (reply.status !== 'success') throw new Error(reply.status)
  return decode(procedure.result, reply.body)
}

type ArgumentsOf<N extends Nfs3Name> = (typeof NFS3)[N]['arguments'] extends Codec<infer A> ? A : never
type ResultOf<N extends Nfs3Name> = (typeof NFS3)[N]['result'] extends Codec<infer R> ? R : never
export type ValueOf<N extends Nfs3Name> =
  ResultOf<N> extends infer R ? (R extends {ok: true; value: infer V} ? V : never) : never

/** A running server on a fresh directory, with one connection to nfsd and one to mountd. */
export interface ExportSession {
  readonly root: string
  readonly settings: ServerSettings
  readonly server: NfsServer
  readonly nfsd: Connection
  readonly mountd: Connection
  readonly log: string[]
  /** Handle of the export's root. */
  readonly rootHandle: Buffer
  /** Value of a procedure that succeeds. @throws Error with the name of another status */
  run<N extends Nfs3Name>(name: N, args: ArgumentsOf<N>, credential?: Credential): Promise<ValueOf<N>>
  /** Name of the status, `NFS3_OK` included. */
  status<N extends Nfs3Name>(name: N, args: ArgumentsOf<N>, credential?: Credential): Promise<string>
  mount(exportPath: string, credential?: Credential): Promise<ValueOfMount>
  close(): Promise<void>
}

type ValueOfMount = (typeof MOUNT3)['mnt']['result'] extends Codec<infer R> ? R : never

export interface SessionOptions extends Partial<ServerSettings> {
  /** Keep directory and side table of an earlier session. */
  readonly base?: string
}

export function makeBase(): string {
  const base = mkdtempSync(path.join(os.tmpdir(), 'nfsd-'))
  mkdirSync(path.join(base, 'export'))
  return base
}

export async function openSession({base = makeBase(), ...changes}: SessionOptions = {}): Promise<ExportSession> {
  const root = path.join(base, 'export')
  const settings: ServerSettings = {
    ...{address: '127.0.0.1', portmapPort: 0, nfsdPort: 0, mountdPort: 0},
    ...{exportPath: '/home/nfs', rootDirectory: root, exportOptions: OPEN},
    attributesFile: path.join(base, 'attributes'),
    ...changes,
  }
  const log: string[] = []
  const server = await startNfsServer(settings, {log: (line) => log.push(line)})
  const nfsd = await connect(server.address, server.ports.nfsd)
  const mountd = await connect(server.address, server.ports.mountd)
  const nfsCall = async (name: Nfs3Name, args: unknown, credential: Credential = ROOT) =>
    call(nfsd, NFS3[name] as Procedure<unknown, {ok: boolean; status: number; value: unknown}>, {
      ...{args, program: NFS, credential},
    })
  const mount = (exportPath: string, credential: Credential = ROOT) =>
    call(mountd, MOUNT3.mnt, {args: exportPath, program: MOUNT, credential})
  const granted = await mount(settings.exportPath)
  return {
    ...{root, settings, server, nfsd, mountd, log, mount},
    rootHandle: granted.ok ? granted.value.handle : Buffer.alloc(0),
    async run<N extends Nfs3Name>(name: N, args: ArgumentsOf<N>, credential?: Credential) {
      const result = await nfsCall(name, args, credential)
      if (!result.ok) throw new Error(`${name}: ${nfs3Status(result.status).name}`)
      return result.value as ValueOf<N>
    },
    async status<N extends Nfs3Name>(name: N, args: ArgumentsOf<N>, credential?: Credential) {
      const result = await nfsCall(name, args, credential)
      return nfs3Status(result.ok ? 0 : result.status).name
    },
    async close() {
      nfsd.close()
      mountd.close()
      await server.close()
    },
  }
}

export function removeBase(session: ExportSession): void {
  rmSync(path.dirname(session.root), {recursive: true, force: true})
}
