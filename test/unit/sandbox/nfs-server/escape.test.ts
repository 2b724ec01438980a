import {mkdirSync, readFileSync, renameSync, readdirSync, symlinkSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {afterEach, beforeEach, describe, expect, it} from '@jest/globals'
import {KEEP_ATTRIBUTES} from '../../../../src/nfs/wire/nfs3-attributes.js'
import {openSession, removeBase, type ExportSession} from './export-session.js'

const HOW = {mode: 'unchecked', attributes: {...KEEP_ATTRIBUTES, mode: 0o644}} as const

describe('no request leaves the export', () => {
  let nfs: ExportSession
  let outside: string
  beforeEach(async () => {
    nfs = await openSession()
    outside = path.join(path.dirname(nfs.root), 'outside')
    mkdirSync(outside)
    writeFileSync(path.join(outside, 'secret'), 'secret')
  })
  afterEach(async () => {
    expect(readdirSync(outside)).toEqual(['secret'])
    expect(readFileSync(path.join(outside, 'secret'), 'utf8')).toBe('secret')
    await nfs.close()
    removeBase(nfs)
  })

  it.each(['../outside', 'a/b', '/etc', 'nul\0', ''])('refuses the name %j everywhere', async (name) => {
    const dir = nfs.rootHandle
    const good = {dir, name: 'good', how: HOW}
    const {handle = dir} = await nfs.run('create', good)
    const statuses = [
      await nfs.status('lookup', {dir, name}),
      await nfs.status('create', {dir, name, how: HOW}),
      await nfs.status('mkdir', {dir, name, attributes: KEEP_ATTRIBUTES}),
      await nfs.status('symlink', {dir, name, attributes: KEEP_ATTRIBUTES, target: 'x'}),
      await nfs.status('remove', {dir, name}),
      await nfs.status('rmdir', {dir, name}),
      await nfs.status('rename', {fromDir: dir, fromName: 'good', toDir: dir, toName: name}),
      await nfs.status('rename', {fromDir: dir, fromName: name, toDir: dir, toName: 'x'}),
      await nfs.status('link', {handle, dir, name}),
    ]
    expect(new Set(statuses)).toEqual(new Set(['NFS3ERR_ACCES']))
    expect(readdirSync(nfs.root)).toEqual(['good'])
  })

  it('answers `..` of the root with the root, and makes or removes neither dot', async () => {
    const dir = nfs.rootHandle
    expect((await nfs.run('lookup', {dir, name: '..'})).handle).toEqual(dir)
    expect((await nfs.run('lookup', {dir, name: '.'})).handle).toEqual(dir)
    for (const name of ['.', '..']) {
      expect(await nfs.status('create', {dir, name, how: HOW})).toBe('NFS3ERR_EXIST')
      expect(await nfs.status('mkdir', {dir, name, attributes: KEEP_ATTRIBUTES})).toBe('NFS3ERR_EXIST')
      expect(await nfs.status('remove', {dir, name})).toBe('NFS3ERR_ACCES')
      expect(await nfs.status('rename', {fromDir: dir, fromName: name, toDir: dir, toName: 'x'})).toBe('NFS3ERR_INVAL')
    }
  })

  it('shows a symlink as a symlink and does nothing through it', async () => {
    symlinkSync(path.join(outside, 'secret'), path.join(nfs.root, 'file'))
    symlinkSync(outside, path.join(nfs.root, 'folder'))
    const dir = nfs.rootHandle
    const {handle} = await nfs.run('lookup', {dir, name: 'file'})
    const folder = (await nfs.run('lookup', {dir, name: 'folder'})).handle
    expect((await nfs.run('readlink', {handle})).target).toBe(path.join(outside, 'secret'))
    const attributes = {...KEEP_ATTRIBUTES, size: 0n, mode: 0o600}
    const data = Buffer.from('x')
    expect(await nfs.status('read', {handle, offset: 0n, count: 9})).toBe('NFS3ERR_INVAL')
    expect(await nfs.status('write', {handle, offset: 0n, count: 1, stable: 2, data})).toBe('NFS3ERR_INVAL')
    expect(await nfs.status('setattr', {handle, attributes, guardCtime: undefined})).toBe('NFS3ERR_INVAL')
    expect(await nfs.status('create', {dir, name: 'file', how: HOW})).toBe('NFS3ERR_EXIST')
    expect(await nfs.status('lookup', {dir: folder, name: 'secret'})).toBe('NFS3ERR_NOTDIR')
    expect(await nfs.status('create', {dir: folder, name: 'new', how: HOW})).toBe('NFS3ERR_NOTDIR')
    for (const name of ['file', 'folder']) await nfs.run('remove', {dir, name})
  })

  it('hard links the symlink itself, not what it points to', async () => {
    symlinkSync(path.join(outside, 'secret'), path.join(nfs.root, 'file'))
    const {handle} = await nfs.run('lookup', {dir: nfs.rootHandle, name: 'file'})
    await nfs.run('link', {handle, dir: nfs.rootHandle, name: 'again'})
    const again = await nfs.run('lookup', {dir: nfs.rootHandle, name: 'again'})
    expect(again.handle).toEqual(handle)
    expect((await nfs.run('readlink', {handle: again.handle})).target).toBe(path.join(outside, 'secret'))
  })

  it('is not led out by a directory that became a symlink, as last or as middle part of a path', async () => {
    mkdirSync(path.join(nfs.root, 'a/b'), {recursive: true})
    writeFileSync(path.join(nfs.root, 'a/b/secret'), 'inside')
    mkdirSync(path.join(outside, '..', 'trap/b'), {recursive: true})
    writeFileSync(path.join(outside, '..', 'trap/b/secret'), 'trap')
    const a = (await nfs.run('lookup', {dir: nfs.rootHandle, name: 'a'})).handle
    const b = (await nfs.run('lookup', {dir: a, name: 'b'})).handle
    const secret = (await nfs.run('lookup', {dir: b, name: 'secret'})).handle
    renameSync(path.join(nfs.root, 'a'), path.join(outside, '..', 'gone'))
    symlinkSync(path.join(outside, '..', 'trap'), path.join(nfs.root, 'a'))
    expect(await nfs.status('read', {handle: secret, offset: 0n, count: 9})).toBe('NFS3ERR_STALE')
    expect(await nfs.status('create', {dir: b, name: 'new', how: HOW})).toBe('NFS3ERR_STALE')
    expect(await nfs.status('lookup', {dir: a, name: 'b'})).toBe('NFS3ERR_STALE')
    expect(await nfs.status('mkdir', {dir: a, name: 'x', attributes: KEEP_ATTRIBUTES})).toBe('NFS3ERR_STALE')
    expect(readdirSync(path.join(outside, '..', 'trap/b'))).toEqual(['secret'])
  })

  it('does not follow a symlink even to the very directory that was moved out', async () => {
    mkdirSync(path.join(nfs.root, 'a/b'), {recursive: true})
    writeFileSync(path.join(nfs.root, 'a/b/file'), 'text')
    const a = (await nfs.run('lookup', {dir: nfs.rootHandle, name: 'a'})).handle
    const b = (await nfs.run('lookup', {dir: a, name: 'b'})).handle
    const file = (await nfs.run('lookup', {dir: b, name: 'file'})).handle
    const moved = path.join(outside, '..', 'moved')
    renameSync(path.join(nfs.root, 'a'), moved)
    symlinkSync(moved, path.join(nfs.root, 'a'))
    expect(await nfs.status('read', {handle: file, offset: 0n, count: 9})).toBe('NFS3ERR_STALE')
    expect(await nfs.status('create', {dir: b, name: 'new', how: HOW})).toBe('NFS3ERR_STALE')
    expect(readdirSync(path.join(moved, 'b'))).toEqual(['file'])
  })

  it('is not led out by a file that became a symlink', async () => {
    writeFileSync(path.join(nfs.root, 'file'), 'inside')
    const {handle} = await nfs.run('lookup', {dir: nfs.rootHandle, name: 'file'})
    renameSync(path.join(nfs.root, 'file'), path.join(outside, '..', 'gone'))
    symlinkSync(path.join(outside, 'secret'), path.join(nfs.root, 'file'))
    const data = Buffer.from('x')
    expect(await nfs.status('write', {handle, offset: 0n, count: 1, stable: 2, data})).toBe('NFS3ERR_STALE')
  })

  it('mounts directories of the export only', async () => {
    mkdirSync(path.join(nfs.root, 'volumes/one'), {recursive: true})
    writeFileSync(path.join(nfs.root, 'file'), '')
    symlinkSync(outside, path.join(nfs.root, 'link'))
    const statusOf = async (wanted: string): Promise<number> => {
      const result = await nfs.mount(wanted)
      return result.ok ? 0 : result.status
    }
    for (const good of ['/home/nfs', '/home/nfs/', '//home/nfs/volumes/one', '/home/nfs/./volumes'])
      expect([good, await statusOf(good)]).toEqual([good, 0])
    const refused = [
      '/',
      '/home',
      '/home/nfs2',
      '/home/nfs/..',
      '/home/nfs/../../etc',
      'home/nfs',
      '',
      '/home/nfs/link',
    ]
    for (const bad of refused) expect([bad, await statusOf(bad)]).toEqual([bad, 13])
    expect(await statusOf('/home/nfs/link/x')).toBe(13)
    expect(await statusOf('/home/nfs/none')).toBe(2)
    expect(await statusOf('/home/nfs/file')).toBe(20)
    expect(await statusOf('/home/nfs/file/x')).toBe(20)
    expect(await statusOf('/home/nfs/nul\0')).toBe(13)
  })
})
