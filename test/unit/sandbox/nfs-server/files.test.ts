import {existsSync, readFileSync, statSync, writeFileSync, mkdirSync} from 'node:fs'
import path from 'node:path'
import {afterEach, beforeEach, describe, expect, it} from '@jest/globals'
import {STABILITY} from '../../../../src/nfs/wire/nfs3-arguments.js'
import {KEEP_ATTRIBUTES} from '../../../../src/nfs/wire/nfs3-attributes.js'
import {openSession, removeBase, type ExportSession} from './export-session.js'

const handleFrom = (created: {handle: Buffer | undefined}): Buffer => created.handle ?? Buffer.alloc(0)

describe('files over NFS', () => {
  let nfs: ExportSession
  beforeEach(async () => {
    nfs = await openSession()
  })
  afterEach(async () => {
    await nfs.close()
    removeBase(nfs)
  })

  const make = async (name: string, dir = nfs.rootHandle): Promise<Buffer> => {
    const how = {mode: 'unchecked', attributes: {...KEEP_ATTRIBUTES, mode: 0o644}} as const
    return handleFrom(await nfs.run('create', {dir, name, how}))
  }
  const makeDirectory = async (name: string, dir = nfs.rootHandle): Promise<Buffer> =>
    handleFrom(await nfs.run('mkdir', {dir, name, attributes: {...KEEP_ATTRIBUTES, mode: 0o755}}))
  const put = (handle: Buffer, text: string, stable: number = STABILITY.fileSync, offset = 0n) => {
    const data = Buffer.from(text)
    return nfs.run('write', {handle, offset, count: data.length, stable, data})
  }
  const take = async (handle: Buffer): Promise<string> =>
    (await nfs.run('read', {handle, offset: 0n, count: 4096})).data.toString()

  it('writes what the disk then has, and reads what the disk has', async () => {
    const handle = await make('a')
    const written = await put(handle, 'hello')
    expect(written.committed).toBe(STABILITY.fileSync)
    expect(written.wcc.after?.size).toBe(5n)
    expect(readFileSync(path.join(nfs.root, 'a'), 'utf8')).toBe('hello')
    writeFileSync(path.join(nfs.root, 'a'), 'from below')
    expect(await take(handle)).toBe('from below')
  })

  it('keeps one write verifier for unstable writes and COMMIT', async () => {
    const handle = await make('a')
    const written = await put(handle, 'hello', STABILITY.unstable)
    const committed = await nfs.run('commit', {handle, offset: 0n, count: 0})
    expect(written.committed).toBe(STABILITY.unstable)
    expect(committed.verifier).toEqual(written.verifier)
  })

  it('reads up to the end and says so', async () => {
    const handle = await make('a')
    await put(handle, '0123456789')
    const middle = await nfs.run('read', {handle, offset: 2n, count: 3})
    expect([middle.data.toString(), middle.count, middle.eof]).toEqual(['234', 3, false])
    const end = await nfs.run('read', {handle, offset: 8n, count: 100})
    expect([end.data.toString(), end.eof]).toEqual(['89', true])
    const past = await nfs.run('read', {handle, offset: 1n << 62n, count: 1})
    expect([past.count, past.eof]).toEqual([0, true])
  })

  it('leaves holes, truncates, refuses sizes beyond any file', async () => {
    const handle = await make('a')
    await put(handle, 'x', STABILITY.fileSync, 5000n)
    expect(statSync(path.join(nfs.root, 'a')).size).toBe(5001)
    const change = (size: bigint) => ({handle, attributes: {...KEEP_ATTRIBUTES, size}, guardCtime: undefined})
    await nfs.run('setattr', change(3n))
    expect(statSync(path.join(nfs.root, 'a')).size).toBe(3)
    expect(await nfs.status('setattr', change(1n << 63n))).toBe('NFS3ERR_FBIG')
    const data = Buffer.from('x')
    const far = {handle, offset: (1n << 64n) - 1n, count: 1, stable: 0, data}
    expect(await nfs.status('write', far)).toBe('NFS3ERR_FBIG')
    expect(await nfs.status('write', {...far, offset: 0n, count: 2})).toBe('NFS3ERR_INVAL')
  })

  it('creates guarded, unchecked and exclusive files as RFC 1813 § 3.3.8 wants', async () => {
    const attributes = {...KEEP_ATTRIBUTES, mode: 0o600}
    const create = (name: string, how: Parameters<typeof nfs.run<'create'>>[1]['how']) =>
      nfs.status('create', {dir: nfs.rootHandle, name, how})
    expect(await create('g', {mode: 'guarded', attributes})).toBe('NFS3_OK')
    expect(await create('g', {mode: 'guarded', attributes})).toBe('NFS3ERR_EXIST')
    await put(handleFrom(await nfs.run('lookup', {dir: nfs.rootHandle, name: 'g'})), 'kept')
    expect(await create('g', {mode: 'unchecked', attributes})).toBe('NFS3_OK')
    expect(readFileSync(path.join(nfs.root, 'g'), 'utf8')).toBe('kept')
    expect(await create('g', {mode: 'unchecked', attributes: {...attributes, size: 0n}})).toBe('NFS3_OK')
    expect(readFileSync(path.join(nfs.root, 'g'), 'utf8')).toBe('')
    const verifier = Buffer.from('verifier')
    expect(await create('e', {mode: 'exclusive', verifier})).toBe('NFS3_OK')
    expect(await create('e', {mode: 'exclusive', verifier})).toBe('NFS3_OK')
    expect(await create('e', {mode: 'exclusive', verifier: Buffer.from('another!')})).toBe('NFS3ERR_EXIST')
    await makeDirectory('d')
    expect(await create('d', {mode: 'unchecked', attributes})).toBe('NFS3ERR_EXIST')
  })

  it('sets the handle of a removed file stale, also when its inode number is used again at once', async () => {
    const old = await make('a')
    await nfs.run('remove', {dir: nfs.rootHandle, name: 'a'})
    const fresh = await make('b')
    expect(await nfs.status('getattr', {handle: old})).toBe('NFS3ERR_STALE')
    expect(await nfs.status('getattr', {handle: fresh})).toBe('NFS3_OK')
    expect(await nfs.status('read', {handle: old, offset: 0n, count: 1})).toBe('NFS3ERR_STALE')
  })

  it('renames over a file and a directory, and keeps the handles of what moved', async () => {
    const [a, b] = [await make('a'), await make('b')]
    await put(a, 'A')
    const dir = nfs.rootHandle
    await nfs.run('rename', {fromDir: dir, fromName: 'a', toDir: dir, toName: 'b'})
    expect(await take(a)).toBe('A')
    expect(await nfs.status('getattr', {handle: b})).toBe('NFS3ERR_STALE')
    const [d, e] = [await makeDirectory('d'), await makeDirectory('e')]
    const inner = await make('inner', d)
    expect(await nfs.status('rename', {fromDir: dir, fromName: 'e', toDir: dir, toName: 'd'})).toBe('NFS3ERR_NOTEMPTY')
    expect(await nfs.status('rename', {fromDir: dir, fromName: 'd', toDir: d, toName: 'd'})).toBe('NFS3ERR_INVAL')
    await nfs.run('rename', {fromDir: dir, fromName: 'd', toDir: e, toName: 'moved'})
    await put(inner, 'still here')
    expect(readFileSync(path.join(nfs.root, 'e/moved/inner'), 'utf8')).toBe('still here')
    const above = await nfs.run('lookup', {dir: d, name: '..'})
    expect(above.handle).toEqual(e)
  })

  it('links a file under a second name: one inode, one owner, alive until both names are gone', async () => {
    const handle = await make('a')
    await put(handle, 'text')
    const linked = await nfs.run('link', {handle, dir: nfs.rootHandle, name: 'b'})
    expect(linked.attributes?.nlink).toBe(2)
    expect((await nfs.run('lookup', {dir: nfs.rootHandle, name: 'b'})).handle).toEqual(handle)
    const dir = nfs.rootHandle
    await nfs.run('rename', {fromDir: dir, fromName: 'a', toDir: dir, toName: 'b'})
    expect(existsSync(path.join(nfs.root, 'a'))).toBe(true)
    await nfs.run('remove', {dir, name: 'b'})
    expect(await take(handle)).toBe('text')
    await nfs.run('remove', {dir, name: 'a'})
    expect(await nfs.status('getattr', {handle})).toBe('NFS3ERR_STALE')
    expect(await nfs.status('link', {handle: dir, dir, name: 'x'})).toBe('NFS3ERR_ISDIR')
  })

  it('removes only what the procedure is for', async () => {
    const dir = nfs.rootHandle
    await make('file')
    const full = await makeDirectory('full')
    await make('x', full)
    expect(await nfs.status('remove', {dir, name: 'full'})).toBe('NFS3ERR_ISDIR')
    expect(await nfs.status('rmdir', {dir, name: 'file'})).toBe('NFS3ERR_NOTDIR')
    expect(await nfs.status('rmdir', {dir, name: 'full'})).toBe('NFS3ERR_NOTEMPTY')
    expect(await nfs.status('remove', {dir, name: 'none'})).toBe('NFS3ERR_NOENT')
    expect(await nfs.status('rmdir', {dir, name: '.'})).toBe('NFS3ERR_INVAL')
    expect(await nfs.status('rmdir', {dir, name: '..'})).toBe('NFS3ERR_EXIST')
    expect(await nfs.status('mkdir', {dir, name: 'full', attributes: KEEP_ATTRIBUTES})).toBe('NFS3ERR_EXIST')
  })

  it('obeys the guard of SETATTR', async () => {
    const handle = await make('a')
    const {attributes: now} = await nfs.run('getattr', {handle})
    const attributes = {...KEEP_ATTRIBUTES, mode: 0o600}
    expect(await nfs.status('setattr', {handle, attributes, guardCtime: {seconds: 1, nanoseconds: 2}})).toBe(
      'NFS3ERR_NOT_SYNC',
    )
    expect(await nfs.status('setattr', {handle, attributes, guardCtime: now.ctime})).toBe('NFS3_OK')
  })

  it('sets times', async () => {
    const handle = await make('a')
    const attributes = {...KEEP_ATTRIBUTES, mtime: {seconds: 1_500_000_000, nanoseconds: 250_000_000}}
    await nfs.run('setattr', {handle, attributes, guardCtime: undefined})
    expect((await nfs.run('getattr', {handle})).attributes.mtime).toEqual(attributes.mtime)
  })

  it('tells about file system and limits', async () => {
    const handle = nfs.rootHandle
    expect((await nfs.run('fsinfo', {handle})).rtmax).toBe(1_048_576)
    const space = await nfs.run('fsstat', {handle})
    expect(space.totalBytes > 0n && space.freeBytes <= space.totalBytes).toBe(true)
    expect((await nfs.run('pathconf', {handle})).nameMax).toBe(255)
  })

  it('serves dot directories and odd names like any other', async () => {
    mkdirSync(path.join(nfs.root, '.vicnfs'))
    const dot = (await nfs.run('lookup', {dir: nfs.rootHandle, name: '.vicnfs'})).handle
    for (const name of ['ein Wort', 'ümläut', '-rf', '...', 'a'.repeat(255)]) await make(name, dot)
    expect(existsSync(path.join(nfs.root, '.vicnfs', 'ümläut'))).toBe(true)
    const how = {mode: 'unchecked', attributes: KEEP_ATTRIBUTES} as const
    expect(await nfs.status('create', {dir: dot, name: 'a'.repeat(256), how})).toBe('NFS3ERR_NAMETOOLONG')
  })
})
