import {describe, expect, it} from '@jest/globals'
import fc from 'fast-check'
import {createServer, type AddressInfo} from 'node:net'
import {once} from 'node:events'
import {NfsStatusError} from '../../../../src/nfs/client/nfs-status-error.js'
import {nfs3Client} from '../../../../src/nfs/client/nfs3-client.js'
import {getPort} from '../../../../src/nfs/client/portmap.js'
import {connectRpc} from '../../../../src/nfs/client/rpc-connection.js'
import {RpcError} from '../../../../src/nfs/client/rpc-error.js'
import {runPreflight} from '../../../../src/nfs/preflight/run-preflight.js'
import {MOUNT} from '../../../../src/nfs/wire/rpc-message.js'
import {serveMemoryShare} from '../../../helpers/serve-memory-share.js'
import {startScriptedServer, type HeardCall} from '../../../helpers/scripted-rpc-server.js'

const CALL_TIMEOUT_MS = 150
const bytes = fc.uint8Array({maxLength: 300}).map((data) => Buffer.from(data))

/** A server that answers every chunk with the same bytes, and then closes or stays. */
async function withServer<T>(data: Buffer, closes: boolean, work: (port: number) => Promise<T>): Promise<T> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined).on('data', () => (closes ? socket.end(data) : socket.write(data)))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    return await work((server.address() as AddressInfo).port)
  } finally {
    server.close()
  }
}

describe('garbage from the wire', () => {
  it('ends a GETPORT with an RpcError in bounded time, whatever comes', async () => {
    await fc.assert(
      fc.asyncProperty(bytes, fc.boolean(), async (data, closes) => {
        const outcome = await withServer(data, closes, (portmapPort) =>
          getPort('127.0.0.1', MOUNT, {portmapPort, timeoutMs: CALL_TIMEOUT_MS}).catch((error: unknown) => error),
        )
        expect(outcome).toBeInstanceOf(RpcError)
      }),
      {numRuns: 60},
    )
  })

  it('in a well-formed reply is an RpcError or a status, never anything else', async () => {
    const names = ['getattr', 'lookup', 'read', 'readdirplus', 'fsinfo', 'mkdir', 'create', 'write', 'rename'] as const
    const handle = Buffer.alloc(8)
    const args = {
      handle,
      dir: handle,
      name: 'n',
      offset: 0n,
      count: 100,
      stable: 0,
      data: handle,
      cookie: 0n,
      cookieVerifier: handle,
      dirCount: 512,
      maxCount: 4096,
      attributes: {mode: 0, uid: 0, gid: 0, size: 0n, atime: 'keep', mtime: 'keep'},
      how: {mode: 'exclusive', verifier: handle},
      fromDir: handle,
      fromName: 'a',
      toDir: handle,
      toName: 'b',
    } as const
    let body = Buffer.alloc(0)
    const script = Object.fromEntries(names.map((name) => [`NFS.${name.toUpperCase()}`, () => body]))
    const server = await startScriptedServer(script)
    const connection = await connectRpc('127.0.0.1', server.port)
    const nfs = nfs3Client(connection, {flavor: 'none'})
    try {
      await fc.assert(
        fc.asyncProperty(bytes, fc.boolean(), fc.constantFrom(...names), async (data, successful, name) => {
          body = successful ? Buffer.concat([Buffer.alloc(4), data]) : data
          const outcome = await (nfs[name] as (given: unknown) => Promise<unknown>)(args).catch(
            (error: unknown) => error,
          )
          if (outcome instanceof Error) {
            expect(outcome instanceof RpcError || outcome instanceof NfsStatusError).toBe(true)
          }
        }),
        {numRuns: 300},
      )
    } finally {
      connection.close()
      await server.close()
    }
  })

  it('at any point of the ladder fails that rung, with a code, and ends the ladder', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({min: 1, max: 25}), bytes, async (position, data) => {
        // GETPORT may not lead elsewhere: a random port could be one that somebody listens at.
        const mutable = (heard: HeardCall[]) => heard.filter(({name}) => name !== 'PORTMAP.GETPORT').length
        const {server, address} = await serveMemoryShare((base) =>
          Object.fromEntries(
            Object.entries(base).map(([name, run]) => [
              name,
              (call) => {
                const hit = name !== 'PORTMAP.GETPORT' && mutable(server.heard) === position
                // Half a record would leave the ladder waiting, whose limit says nothing of how far a busy machine has got.
                return hit ? {raw: data, isLast: true} : (run?.(call) ?? 'silence')
              },
            ]),
          ),
        )
        const report = await runPreflight(address, {portmapPort: server.port})
        await server.close()
        const failed = report.rungs.filter(({state}) => state === 'failed')
        expect(failed.length).toBe(report.passed ? 0 : 1)
        for (const rung of failed) expect(['VN-NFS-GARBAGE', 'VN-NFS-CLOSED', 'VN-NFS-PROXY']).toContain(rung.code)
        if (position <= 2) expect(report.passed).toBe(false)
      }),
      {numRuns: 40},
    )
  })
})
