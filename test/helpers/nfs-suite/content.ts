import {randomBytes} from 'node:crypto'
import {describe, expect, it} from '@jest/globals'
import {STABILITY} from '../../../src/nfs/wire/nfs3-arguments.js'
import type {SuiteBench} from './bench.js'
import {ROOT, sha256, statusOf, type SuiteClient} from './client.js'

const BIG_BYTES = 64 * 1024 * 1024
const BEYOND_32_BITS = 5n * 1024n ** 3n

export function describeContent(bench: SuiteBench): void {
  describe('content', () => {
    const newFile = (name = 'file') => bench.root().file(bench.folder().handle, name)
    const text = async (handle: Buffer, client: SuiteClient = bench.root()) => String(await client.take(handle))

    it('takes 64 MiB from each of two clients at once, and gives each the other one’s with an equal checksum', async () => {
      const clients = await Promise.all([bench.client(ROOT), bench.client({uid: 1000})])
      const sent = clients.map(() => randomBytes(BIG_BYTES))
      const sums = sent.map((data) => sha256(data))
      const names = ['first', 'second']
      const {handle: dir} = bench.folder()
      await Promise.all(
        clients.map(async (client, index) => {
          await client.store(await client.file(dir, names[index] ?? ''), sent[index] ?? Buffer.alloc(0))
        }),
      )
      const received = await Promise.all(
        clients.map(async (client, index) => sha256(await client.take(await client.find(dir, names[1 - index] ?? '')))),
      )
      expect(received).toEqual([...sums].reverse())
      const seen = await bench.shell(`sha256sum ${names.join(' ')}`)
      expect(seen.split('\n').map((line) => line.split(' ')[0])).toEqual([...sums, ''])
    })

    it('appends what two clients write in turn, each where the other ended', async () => {
      const handle = await newFile()
      const clients = [await bench.client(ROOT), await bench.client(ROOT)]
      let expected = ''
      for (let line = 0; line < 20; line++) {
        const client = clients[line % 2] ?? bench.root()
        const {size} = await client.look(handle)
        expect(size).toBe(BigInt(expected.length))
        await client.put(handle, `line ${line}\n`, {offset: size})
        expected += `line ${line}\n`
      }
      expect(await text(handle)).toBe(expected)
      expect(await bench.shell('cat file')).toBe(expected)
    })

    it('truncates and extends: what was cut reads as zeros when it comes back', async () => {
      const root = bench.root()
      const handle = await newFile()
      await root.put(handle, 'abcdefghij')
      await root.set(handle, {size: 4n})
      expect([await text(handle), await bench.shell('cat file')]).toEqual(['abcd', 'abcd'])
      await root.set(handle, {size: 8n})
      expect(await root.take(handle)).toEqual(Buffer.from('abcd\0\0\0\0'))
      await root.set(handle, {size: 0n})
      expect(await root.look(handle)).toMatchObject({size: 0n})
    })

    it('keeps a hole: zeros beyond four gigabytes, for little space', async () => {
      const root = bench.root()
      const handle = await newFile()
      await root.put(handle, 'begin')
      await root.put(handle, 'end', {offset: BEYOND_32_BITS})
      const {size, used} = await root.look(handle)
      expect(size).toBe(BEYOND_32_BITS + 3n)
      expect(used).toBeLessThan(1024n * 1024n)
      const hole = await root.part(handle, BEYOND_32_BITS - 4096n, 8192)
      expect([hole.data, hole.eof]).toEqual([Buffer.concat([Buffer.alloc(4096), Buffer.from('end')]), true])
      expect(String((await root.part(handle, 0n, 5)).data)).toBe('begin')
      expect((await root.part(handle, 2n ** 33n, 10)).data).toHaveLength(0)
      expect(await bench.shell('stat -c %s file')).toBe(`${BEYOND_32_BITS + 3n}\n`)
      expect(await bench.shell('tail -c 3 file')).toBe('end')
    })

    it('shows a client what another one wrote, and what the server itself changed', async () => {
      const [writer, reader] = [await bench.client(ROOT), await bench.client({uid: 1000})]
      const handle = await newFile()
      expect(await text(handle, reader)).toBe('')
      await writer.put(handle, 'by a client')
      expect(await text(handle, reader)).toBe('by a client')
      await bench.shell('printf short >file')
      expect(await text(handle, reader)).toBe('short')
      await bench.shell('rm file')
      expect(await statusOf(reader.find(bench.folder().handle, 'file'))).toBe('NFS3ERR_NOENT')
    })

    it('answers unstable writes and COMMIT with one verifier, and says what it did', async () => {
      const root = bench.root()
      const handle = await newFile()
      const first = await root.put(handle, 'one', {stable: STABILITY.unstable})
      const second = await root.put(handle, 'two', {offset: 3n, stable: STABILITY.unstable})
      const {verifier, wcc} = await root.nfs.commit({handle, offset: 0n, count: 0})
      expect([second, verifier]).toEqual([first, first])
      expect(wcc.after === undefined || wcc.after.size === 6n).toBe(true)
      for (const stable of [STABILITY.dataSync, STABILITY.fileSync]) {
        const data = Buffer.from('x')
        const written = await root.nfs.write({handle, offset: 6n, count: 1, stable, data})
        expect(written.committed).toBeGreaterThanOrEqual(stable)
        expect(written.count).toBe(1)
      }
      expect(await bench.shell('cat file')).toBe('onetwox')
    })

    it('reads up to the end, says so, and gives nothing beyond', async () => {
      const root = bench.root()
      const handle = await newFile()
      await root.put(handle, '0123456789')
      expect(await root.part(handle, 2n, 3)).toMatchObject({data: Buffer.from('234'), eof: false})
      expect(await root.part(handle, 8n, 100)).toMatchObject({data: Buffer.from('89'), eof: true})
      expect(await root.part(handle, 10n, 100)).toMatchObject({data: Buffer.alloc(0), eof: true})
    })
  })
}
