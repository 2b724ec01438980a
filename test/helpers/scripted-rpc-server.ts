import {createServer, type AddressInfo, type Socket} from 'node:net'
import {encode} from '../../src/nfs/wire/codec.js'
import {MOUNT3} from '../../src/nfs/wire/mount3.js'
import {NFS3} from '../../src/nfs/wire/nfs3.js'
import {PORTMAP2} from '../../src/nfs/wire/portmap2.js'
import type {Procedure} from '../../src/nfs/wire/procedure.js'
import {RecordSplitter, sendRecord} from '../../src/nfs/wire/record-mark.js'
import {
  decodeCall,
  encodeReply,
  MOUNT,
  NFS,
  PORTMAP,
  type RpcCall,
  type RpcReply,
} from '../../src/nfs/wire/rpc-message.js'
import type {Pieces} from '../../src/nfs/wire/xdr.js'

type WithoutXid<T> = T extends unknown ? Omit<T, 'xid'> : never

/** What a call gets: the body of a success, another reply, raw bytes or the last ones, a closed connection, or nothing. */
export type Answer =
  Buffer | {reply: WithoutXid<RpcReply<Pieces>>} | {raw: Buffer; isLast?: boolean} | 'close' | 'reset' | 'silence'

/** By `PROGRAM.PROCEDURE`, such as `MOUNT.MNT`; an unscripted call is answered with proc-unavail. */
export type Script = Readonly<Record<string, ((call: RpcCall) => Answer | Promise<Answer>) | undefined>>

export interface HeardCall {
  readonly name: string
  readonly call: RpcCall
  readonly sourcePort: number
  /** Counts connections from 1, in the order in which they were accepted. */
  readonly connection: number
}

export interface ScriptedServer {
  readonly port: number
  /** In the order of arrival. */
  readonly heard: HeardCall[]
  close(): Promise<void>
}

const PROGRAMS = [
  {name: 'PORTMAP', program: PORTMAP.program, procedures: PORTMAP2},
  {name: 'MOUNT', program: MOUNT.program, procedures: MOUNT3},
  {name: 'NFS', program: NFS.program, procedures: NFS3},
] as const

function nameOf(call: RpcCall): string {
  const program = PROGRAMS.find((row) => row.program === call.program)
  const procedures = Object.values<{number: number; name: string}>(program?.procedures ?? {})
  return `${program?.name}.${procedures.find((row) => row.number === call.procedure)?.name}`
}

/** The body of a successful reply. */
export const answer = <A, R>(procedure: Procedure<A, R>, result: R): Buffer =>
  Buffer.concat(encode(procedure.result, result))

function send(socket: Socket, call: RpcCall, given: Answer): void {
  if (given === 'silence') return
  if (given === 'close') return void socket.end()
  if (given === 'reset') return void socket.resetAndDestroy()
  if (Buffer.isBuffer(given)) given = {reply: {status: 'success', body: [given]}}
  if ('raw' in given) {
    socket.write(given.raw)
    if (given.isLast === true) socket.end()
  } else sendRecord(socket, encodeReply({...given.reply, xid: call.xid}))
}

/** Serves port mapper, mountd and nfsd at one port of the loopback address, each call as the script says. */
export async function startScriptedServer(script: Script, options: {host?: string} = {}): Promise<ScriptedServer> {
  const heard: HeardCall[] = []
  const sockets = new Set<Socket>()
  let connections = 0
  const server = createServer((socket) => {
    const connection = (connections += 1)
    const sourcePort = socket.remotePort ?? 0
    const splitter = new RecordSplitter(8 * 1024 * 1024)
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket)).on('error', () => undefined)
    socket.on('data', (chunk) => {
      for (const message of splitter.push(chunk)) {
        const call = decodeCall(message)
        if (call === undefined) continue
        const name = nameOf(call)
        heard.push({name, call, sourcePort, connection})
        const given = script[name]?.(call) ?? {reply: {status: 'proc-unavail'}}
        void Promise.resolve(given).then((settled) => send(socket, call, settled))
      }
    })
  })
  await new Promise<void>((resolve) => server.listen(0, options.host ?? '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    heard,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}
