import {describe, expect, it} from '@jest/globals'
import type {SpecialNode} from '../../../src/nfs/wire/nfs3-arguments.js'
import {FILE_TYPE, KEEP_ATTRIBUTES} from '../../../src/nfs/wire/nfs3-attributes.js'
import type {SuiteBench} from './bench.js'
import {expectStaleSoon, quoted, statusOf} from './client.js'

const ODD_NAMES = [
  'ein Name mit Blanks',
  'größe, ÄÖÜ & 漢字.txt',
  ' vorn und hinten ',
  "it's",
  '-rf',
  '...',
  '\u{1F409}',
]

export function describeEntries(bench: SuiteBench): void {
  describe('entries', () => {
    const make = (name: string) => bench.root().file(bench.folder().handle, name)
    const rename = (fromName: string, toName: string) => {
      const {handle: dir} = bench.folder()
      return statusOf(bench.root().nfs.rename({fromDir: dir, fromName, toDir: dir, toName}))
    }
    const remove = (name: string) => statusOf(bench.root().nfs.remove({dir: bench.folder().handle, name}))
    const find = (name: string) => bench.root().find(bench.folder().handle, name)

    it('are created guarded, unchecked and exclusive, as RFC 1813 § 3.3.8 wants', async () => {
      const root = bench.root()
      const {handle: dir} = bench.folder()
      const attributes = {...KEEP_ATTRIBUTES, mode: 0o644}
      const create = (how: Parameters<typeof root.nfs.create>[0]['how'], name = 'file') =>
        statusOf(root.nfs.create({dir, name, how}))
      expect(await create({mode: 'guarded', attributes})).toBe('NFS3_OK')
      expect(await create({mode: 'guarded', attributes})).toBe('NFS3ERR_EXIST')
      await root.put(await find('file'), 'kept')
      expect(await create({mode: 'unchecked', attributes})).toBe('NFS3_OK')
      expect(await bench.shell('cat file')).toBe('kept')
      expect(await create({mode: 'unchecked', attributes: {...attributes, size: 0n}})).toBe('NFS3_OK')
      expect(await bench.shell('wc -c <file')).toBe('0\n')
      const [mine, other] = [Buffer.from('verifier'), Buffer.from('another!')]
      expect(await create({mode: 'exclusive', verifier: mine}, 'lock')).toBe('NFS3_OK')
      const handle = await find('lock')
      expect(await create({mode: 'exclusive', verifier: mine}, 'lock')).toBe('NFS3_OK')
      expect(await create({mode: 'exclusive', verifier: other}, 'lock')).toBe('NFS3ERR_EXIST')
      expect(await find('lock')).toEqual(handle)
    })

    it('have names with blanks and in UTF-8, up to 255 bytes', async () => {
      const names = [...ODD_NAMES, 'ä'.repeat(127), 'x'.repeat(255)]
      for (const name of names) await bench.root().put(await make(name), `in ${name}`)
      for (const name of names) {
        expect(await bench.shell(`cat -- ${quoted(name)}`)).toBe(`in ${name}`)
        expect(String(await bench.root().take(await find(name)))).toBe(`in ${name}`)
      }
      expect(await rename(ODD_NAMES[0] ?? '', 'neu: ß')).toBe('NFS3_OK')
      expect(await bench.shell("cat 'neu: ß'")).toBe(`in ${ODD_NAMES[0]}`)
      for (const name of ['x'.repeat(256), 'ä'.repeat(128)])
        expect(await statusOf(make(name))).toBe(bench.differences.longNames.status)
    })

    it('are renamed, also over an existing one, with the handle of what moved', async () => {
      const root = bench.root()
      const [moved, replaced] = [await make('a'), await make('b')]
      await root.put(moved, 'A')
      expect(await rename('a', 'b')).toBe('NFS3_OK')
      expect(await find('b')).toEqual(moved)
      expect(String(await root.take(moved))).toBe('A')
      expect(await statusOf(root.look(replaced))).toBe('NFS3ERR_STALE')
      expect(await bench.shell('ls')).toBe('b\n')
      expect(await rename('missing', 'c')).toBe('NFS3ERR_NOENT')
    })

    it('move between folders; a folder replaces an empty one only', async () => {
      const root = bench.root()
      const {handle: dir} = bench.folder()
      const [from, full, empty] = [
        await root.folder(dir, 'from'),
        await root.folder(dir, 'full'),
        await root.folder(dir, 'empty'),
      ]
      const inner = await root.file(from, 'inner')
      await root.file(full, 'other')
      expect(await rename('from', 'full')).toMatch(/^NFS3ERR_(NOTEMPTY|EXIST)$/)
      expect(await rename('from', 'empty')).toBe('NFS3_OK')
      expect(await statusOf(root.look(empty))).toBe('NFS3ERR_STALE')
      const into = {fromDir: dir, fromName: 'empty', toDir: full, toName: 'moved'}
      expect(await statusOf(root.nfs.rename(into))).toBe('NFS3_OK')
      await root.put(inner, 'still the same file')
      expect(await bench.shell('cat full/moved/inner')).toBe('still the same file')
      const above = await root.find(from, '..')
      expect(above).toEqual(full)
      expect(await statusOf(root.nfs.rename({fromDir: dir, fromName: 'full', toDir: full, toName: 'self'}))).toBe(
        'NFS3ERR_INVAL',
      )
    })

    it('are unlinked; a folder only when it is empty', async () => {
      const root = bench.root()
      const {handle: dir} = bench.folder()
      await make('file')
      const full = await root.folder(dir, 'full')
      await root.file(full, 'x')
      const rmdir = (name: string) => statusOf(root.nfs.rmdir({dir, name}))
      expect(await rmdir('full')).toMatch(/^NFS3ERR_(NOTEMPTY|EXIST)$/)
      expect(await rmdir('file')).toBe('NFS3ERR_NOTDIR')
      expect(await remove('full')).toMatch(/^NFS3ERR_(ISDIR|PERM)$/)
      expect(await remove('file')).toBe('NFS3_OK')
      expect(await remove('file')).toBe('NFS3ERR_NOENT')
      expect(await statusOf(root.nfs.remove({dir: full, name: 'x'}))).toBe('NFS3_OK')
      expect(await rmdir('full')).toBe('NFS3_OK')
      expect(await bench.shell('ls -A')).toBe('')
    })

    it('may be symbolic links, whose text the server keeps as it is and never follows', async () => {
      const root = bench.root()
      const {handle: dir} = bench.folder()
      for (const [name, target] of [
        ['near', 'ein Ziel'],
        ['far', '/etc/passwd'],
        ['long', 'ü/'.repeat(300)],
      ] as const) {
        await root.nfs.symlink({dir, name, target, attributes: {...KEEP_ATTRIBUTES, mode: 0o777}})
        const handle = await find(name)
        const attributes = await root.look(handle)
        expect(attributes).toMatchObject({type: FILE_TYPE.symlink, size: BigInt(Buffer.byteLength(target))})
        expect(await root.nfs.readlink({handle})).toMatchObject({target})
        expect(await bench.shell(`readlink ${name}`)).toBe(`${target}\n`)
        expect(await statusOf(root.nfs.lookup({dir: handle, name: 'x'}))).toBe('NFS3ERR_NOTDIR')
      }
      expect(await statusOf(root.nfs.readlink({handle: await make('file')}))).toBe('NFS3ERR_INVAL')
    })

    it('may have two names: one file, alive until both are gone', async () => {
      const root = bench.root()
      const {handle: dir} = bench.folder()
      const handle = await make('a')
      await root.put(handle, 'text')
      await root.nfs.link({handle, dir, name: 'b'})
      const second = await find('b')
      expect(await root.look(second)).toMatchObject({nlink: 2, fileid: (await root.look(handle)).fileid})
      expect(await bench.shell('stat -c %h a')).toBe('2\n')
      expect(await statusOf(root.nfs.link({handle, dir, name: 'b'}))).toBe('NFS3ERR_EXIST')
      // Two names of one file: nothing is to be done, and it is no error (RFC 1813 § 3.3.14).
      expect(await rename('a', 'b')).toBe('NFS3_OK')
      expect(await remove('a')).toBe('NFS3_OK')
      expect(await root.look(second)).toMatchObject({nlink: 1})
      expect(String(await root.take(second))).toBe('text')
      expect(await remove('b')).toBe('NFS3_OK')
      await expectStaleSoon(() => root.look(second))
    })

    it('may be FIFOs and sockets, and devices where the server makes any', async () => {
      const root = bench.root()
      const {handle: dir} = bench.folder()
      const attributes = {...KEEP_ATTRIBUTES, mode: 0o640}
      const mknod = (name: string, node: SpecialNode) => statusOf(root.nfs.mknod({dir, name, node}))
      expect(await mknod('fifo', {type: 'fifo', attributes})).toBe('NFS3_OK')
      expect(await mknod('socket', {type: 'socket', attributes})).toBe('NFS3_OK')
      expect(await mknod('fifo', {type: 'socket', attributes})).toBe('NFS3ERR_EXIST')
      expect(await root.look(await find('fifo'))).toMatchObject({type: FILE_TYPE.fifo, mode: 0o640})
      expect(await root.look(await find('socket'))).toMatchObject({type: FILE_TYPE.socket})
      expect(await bench.shell('stat -c %F fifo socket')).toBe('fifo\nsocket\n')
      const device = {type: 'character', attributes, rdevMajor: 1, rdevMinor: 3} as const
      expect(await mknod('null', device)).toBe(bench.differences.makesDevices ? 'NFS3_OK' : 'NFS3ERR_PERM')
      if (!bench.differences.makesDevices) return
      expect(await root.look(await find('null'))).toMatchObject({
        type: FILE_TYPE.character,
        rdevMajor: 1,
        rdevMinor: 3,
      })
      expect(await bench.shell('stat -c "%F %t %T" null')).toBe('character special file 1 3\n')
    })
  })
}
