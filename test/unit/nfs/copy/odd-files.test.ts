import {execFileSync} from 'node:child_process'
import {mkdirSync, readdirSync, readlinkSync, statSync, symlinkSync, truncateSync, writeFileSync} from 'node:fs'
import {afterEach, beforeEach, describe, expect, it} from '@jest/globals'
import {NfsStatusError} from '../../../../src/nfs/client/nfs-status-error.js'
import type {Nfs3Client} from '../../../../src/nfs/client/nfs3-client.js'
import {writeParts} from '../../../../src/nfs/client/write-parts.js'
import {copyFile} from '../../../../src/nfs/copy/copy-file.js'
import {isFull} from '../../../../src/nfs/copy/room.js'
import {copyTree} from '../../../../src/nfs/copy/copy-tree.js'
import {KEEP_ATTRIBUTES} from '../../../../src/nfs/wire/nfs3-attributes.js'
import {openCopyWorld, type CopyWorld} from './copy-world.js'

let world: CopyWorld
beforeEach(async () => {
  world = await openCopyWorld()
})
afterEach(() => world.close())

const below = (root: string, name: Buffer): Buffer => Buffer.concat([Buffer.from(`${root}/`), name])
const namesIn = (root: string): string[] =>
  readdirSync(root, {encoding: 'buffer'})
    .map((name) => name.toString('latin1'))
    .sort()

describe('a copy of odd names', () => {
  it('has them byte by byte, also two that look alike when they are read as UTF-8', async () => {
    const {source, target, from, to} = world
    const latin = [Buffer.from('caf\xe9', 'latin1'), Buffer.from('caf\xe8', 'latin1'), Buffer.from('caf\u{FFFD}')]
    const names = [...latin, Buffer.from('two\nlines'), Buffer.alloc(255, 0xfe), Buffer.from('-rf ~')]
    for (const name of names) writeFileSync(below(source.root, name), name)
    mkdirSync(below(source.root, Buffer.of(0x64, 0x80)))
    writeFileSync(below(source.root, Buffer.from('d\x80/\x80', 'latin1')), 'below')
    symlinkSync(Buffer.from('../gone/\xff', 'latin1'), below(source.root, Buffer.from('link')))
    symlinkSync('/etc/passwd', below(source.root, Buffer.from('absolute')))
    await copyTree(from, to)
    expect(await world.differences()).toEqual([])
    expect(namesIn(target.root)).toEqual(namesIn(source.root))
    for (const name of names) expect(statSync(below(target.root, name)).size).toBe(name.length)
    expect(readlinkSync(world.copied('link'), {encoding: 'latin1'})).toBe('../gone/\xff')
    expect(await copyTree(from, to)).toMatchObject({bytes: 0, setAside: 0})
  })
})

describe('a copy of odd files', () => {
  it('has pipes, set-uid, sticky and closed ones, and empty folders', async () => {
    const {from, to, at} = world
    execFileSync('mkfifo', [at('pipe')])
    mkdirSync(at('sticky/empty'), {recursive: true})
    writeFileSync(at('suid'), 'x')
    writeFileSync(at('closed'), 'x')
    const modes = {sticky: 0o1777, suid: 0o4711, closed: 0}
    for (const [name, mode] of Object.entries(modes)) {
      const {handle} = await from.nfs.lookup({dir: from.root, name})
      await from.nfs.setattr({handle, attributes: {...KEEP_ATTRIBUTES, mode, uid: 65_534}, guardCtime: undefined})
    }
    await copyTree(from, to)
    expect(await world.differences()).toEqual([])
    for (const [name, mode] of Object.entries(modes)) {
      const {handle} = await to.nfs.lookup({dir: to.root, name})
      expect((await to.nfs.getattr({handle})).attributes).toMatchObject({mode, uid: 65_534})
    }
    expect(statSync(world.copied('pipe')).isFIFO()).toBe(true)
  })

  it('names the one that cannot be made', async () => {
    const {from, to, at} = world
    mkdirSync(at('here'))
    writeFileSync(at('here/no\nroom'), 'x')
    const full = {...to, nfs: {...to.nfs, create: () => Promise.reject(new NfsStatusError('NFS', 'CREATE', 28))}}
    const error = await copyTree(from, full as typeof to).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({message: expect.stringMatching(/^"\/here\/no\\x0aroom": CREATE: NFS3ERR_NOSPC/)})
    expect([isFull(error), isFull(new Error('x', {cause: new NfsStatusError('NFS', 'READ', 5)}))]).toEqual([
      true,
      false,
    ])
  })

  it('keeps holes, and fills none with what an earlier version had there', async () => {
    const {from, to, at, copied} = world
    writeFileSync(at('sparse'), Buffer.alloc(3_000_000, 'x'))
    await copyTree(from, to)
    writeFileSync(at('sparse'), 'start')
    truncateSync(at('sparse'), 8_000_000)
    await copyTree(from, to)
    expect(await world.differences()).toEqual([])
    expect(statSync(copied('sparse'))).toMatchObject({size: 8_000_000})
    expect(statSync(copied('sparse')).blocks * 512).toBeLessThan(3_000_000)
  })
})

/** A file of zeros with a few bytes in it, read and written without holding it. */
function hollowFile(size: number, filled: ReadonlyMap<number, Buffer>) {
  const written = new Map<number, Buffer>()
  const sizes: bigint[] = []
  const zeros = Buffer.alloc(1_048_576)
  const nfs = {
    read({offset, count}: {offset: bigint; count: number}) {
      const at = Number(offset)
      const length = Math.min(count, size - at)
      return Promise.resolve({data: filled.get(at) ?? zeros.subarray(0, length), eof: at + length >= size})
    },
    write({offset, data}: {offset: bigint; data: Buffer}) {
      written.set(Number(offset), Buffer.from(data))
      return Promise.resolve({count: data.length, committed: 2, verifier: Buffer.alloc(8)})
    },
    setattr({attributes}: {attributes: {size: bigint}}) {
      sizes.push(attributes.size)
      return Promise.resolve({})
    },
  } as unknown as Nfs3Client
  return {written, sizes, file: {nfs, handle: Buffer.alloc(4)}}
}

describe('copyFile', () => {
  it('brings what lies behind a hole of several batches to its place, and ends where the file does', async () => {
    const chunkBytes = 1_048_576
    const at = 130 * chunkBytes
    const filled = new Map([[at, Buffer.alloc(chunkBytes, 'far')]])
    const source = hollowFile(at + 3 * chunkBytes + 5, filled)
    const target = hollowFile(0, new Map())
    await copyFile(source.file, target.file, {chunkBytes, isNew: true})
    expect([...target.written]).toEqual([...filled])
    expect(target.sizes).toEqual([BigInt(at + 3 * chunkBytes + 5)])
  })

  it('knows places beyond 4 GiB', async () => {
    const target = hollowFile(0, new Map())
    const part = {offset: 2 ** 32 + 4096, data: Buffer.from('far')}
    await writeParts(target.file, () => [part], {})
    expect([...target.written]).toEqual([[part.offset, part.data]])
  })
})
