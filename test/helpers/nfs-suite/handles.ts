import {randomBytes} from 'node:crypto'
import {describe, expect, it} from '@jest/globals'
import {nfs3Client, type Nfs3Client} from '../../../src/nfs/client/nfs3-client.js'
import {getPort} from '../../../src/nfs/client/portmap.js'
import {connectRpc} from '../../../src/nfs/client/rpc-connection.js'
import {RpcError} from '../../../src/nfs/client/rpc-error.js'
import {STABILITY} from '../../../src/nfs/wire/nfs3-arguments.js'
import {NFS} from '../../../src/nfs/wire/rpc-message.js'
import {withServer, type SuiteBench} from './bench.js'
import {ROOT, asClient, statusOf, type SuiteClient} from './client.js'
import {OPEN, type NfsSubject} from './subject.js'

const BLOCK_BYTES = 4096
const BLOCKS_BEFORE_KILL = 20
const [ONE_FSID, OTHER_FSID] = ['0f8fad5b-d9cb-469f-a165-70867728950e', '7c9e6679-7425-40de-944b-e07fc1f90ae7']

/** A file that is open on a client: its handle, its folder's handle, and what the server has acknowledged. */
interface OpenFile {
  readonly dir: Buffer
  readonly handle: Buffer
  /** Another file, for the verifier of unstable writes. */
  readonly other: Buffer
  readonly acknowledged: Map<number, Buffer>
}

/** The connection of a client that has its file open already; UMNT would have to wait for a server that is gone. */
async function connectNfsd({
  host,
  portmapPort,
}: NfsSubject): Promise<{readonly nfs: Nfs3Client; readonly close: () => void}> {
  const connection = await connectRpc(host, await getPort(host, NFS, {portmapPort}), {privilegedPort: true})
  const credential = {flavor: 'sys', machine: 'suite', uid: 0, gid: 0, gids: []} as const
  return {nfs: nfs3Client(connection, credential), close: () => connection.close()}
}

interface WriteOptions {
  readonly signal: AbortSignal
  readonly onAcknowledged: () => void
}

export function describeHandles(bench: SuiteBench): void {
  describe('handles over the end of the server', () => {
    const reconnected = <T>(subject: NfsSubject, use: (client: SuiteClient) => Promise<T>): Promise<T> =>
      asClient(subject, ROOT, use)
    const openFile = (subject: NfsSubject): Promise<OpenFile> =>
      reconnected(subject, async (client) => {
        const dir = await client.folder(await client.folder(client.root, 'outer'), 'inner')
        const [handle, other] = [await client.file(dir, 'file'), await client.file(dir, 'other')]
        return {dir, handle, other, acknowledged: new Map()}
      })
    /** Writes blocks, each acknowledged as being on stable storage, until it is told to stop. */
    const writeOn = async (nfs: Nfs3Client, file: OpenFile, options: WriteOptions): Promise<void> => {
      const {signal, onAcknowledged} = options
      try {
        for (let index = file.acknowledged.size; ; index++) {
          const data = randomBytes(BLOCK_BYTES)
          const block = {handle: file.handle, offset: BigInt(index * BLOCK_BYTES), count: data.length, data}
          await nfs.write({...block, stable: STABILITY.fileSync}, {signal})
          file.acknowledged.set(index, data)
          onAcknowledged()
        }
      } catch (error) {
        // Its connection broke, or waits for a server that is gone; whatever the server answered would be a fault.
        if (!signal.aborted && (!(error instanceof RpcError) || error.failure === 'rejected')) throw error
      }
    }
    const killWhileWriting = async (subject: NfsSubject, file: OpenFile): Promise<void> => {
      const {nfs, close} = await connectNfsd(subject)
      const stop = new AbortController()
      const enough = file.acknowledged.size + BLOCKS_BEFORE_KILL
      let writing = Promise.resolve()
      await new Promise<void>((resolve, reject) => {
        const onAcknowledged = () => file.acknowledged.size >= enough && resolve()
        writing = writeOn(nfs, file, {signal: stop.signal, onAcknowledged})
        writing.then(() => reject(new Error('the server ended before it was killed')), reject)
      })
      await subject.kill()
      stop.abort()
      await writing
      close()
    }
    const verifierOf = (subject: NfsSubject, {other}: OpenFile): Promise<Buffer> =>
      reconnected(subject, (client) => client.put(other, 'x', {stable: STABILITY.unstable}))
    /** Acknowledged blocks that are not there any more, by number. */
    const lostOf = async (client: SuiteClient, {handle, acknowledged}: OpenFile): Promise<number[]> => {
      const content = await client.take(handle)
      const isThere = ([index, block]: [number, Buffer]) =>
        content.subarray(index * BLOCK_BYTES, (index + 1) * BLOCK_BYTES).equals(block)
      return [...acknowledged].filter((each) => !isThere(each)).map(([index]) => index)
    }
    /** With the old handles only: nothing is looked up again. */
    const expectGoesOn = async (subject: NfsSubject, file: OpenFile): Promise<void> =>
      reconnected(subject, async (client) => {
        expect(await lostOf(client, file)).toEqual([])
        const more = randomBytes(BLOCK_BYTES)
        await client.put(file.handle, more, {offset: BigInt(file.acknowledged.size * BLOCK_BYTES)})
        file.acknowledged.set(file.acknowledged.size, more)
        expect(await client.find(file.dir, 'file')).toEqual(file.handle)
        const name = `after-${file.acknowledged.size}`
        expect(await client.find(client.root, 'outer', 'inner')).toEqual(file.dir)
        await client.file(file.dir, name)
        expect(await subject.shell(`ls outer/inner/${name}`)).toBe(`outer/inner/${name}\n`)
      })

    it('go on after a kill and a start, and after the server was made anew: no STALE, no acknowledged write lost', () =>
      withServer(bench.servers(), {}, async (subject) => {
        const file = await openFile(subject)
        const verifier = await verifierOf(subject, file)
        expect(await verifierOf(subject, file)).toEqual(verifier)
        await killWhileWriting(subject, file)
        await subject.start()
        await expectGoesOn(subject, file)
        // Another one, or clients would not send again what was never committed (RFC 1813 § 3.3.7).
        expect(await verifierOf(subject, file)).not.toEqual(verifier)
        await killWhileWriting(subject, file)
        await subject.recreate({EXPORT_OPTS: OPEN})
        await expectGoesOn(subject, file)
      }))

    it('are STALE under another fsid, the control; under the same one they go on', () =>
      withServer(bench.servers(), {EXPORT_FSID: ONE_FSID}, async (subject) => {
        const file = await openFile(subject)
        await subject.recreate({EXPORT_FSID: ONE_FSID})
        await expectGoesOn(subject, file)
        await subject.recreate({EXPORT_FSID: OTHER_FSID})
        await reconnected(subject, async (client) => {
          for (const handle of [file.handle, file.dir])
            expect(await statusOf(client.look(handle))).toMatch(/^NFS3ERR_(STALE|BADHANDLE)$/)
          expect(await statusOf(client.put(file.handle, 'x'))).toMatch(/^NFS3ERR_(STALE|BADHANDLE)$/)
          // The file itself is there, by its name.
          const found = await client.find(client.root, 'outer', 'inner', 'file')
          expect(await lostOf(client, {...file, handle: found})).toEqual([])
        })
      }))

    const itWithPowerLoss = bench.differences.killTakesMemory ? it : it.skip
    itWithPowerLoss('lose acknowledged writes of an `async` export, the control: what sync keeps can be lost', () =>
      withServer(bench.servers(), {EXPORT_OPTS: OPEN.replace('sync', 'async')}, async (subject) => {
        const file = await openFile(subject)
        await subject.shell('sync')
        await killWhileWriting(subject, file)
        await subject.start()
        expect(await reconnected(subject, (client) => lostOf(client, file))).not.toEqual([])
      }),
    )
  })
}
