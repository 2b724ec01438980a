import {mkdirSync, renameSync, rmSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {afterEach, beforeEach, describe, expect, it} from '@jest/globals'
import {STABILITY} from '../../../../src/nfs/wire/nfs3-arguments.js'
import type {ServerSettings} from '../../../../src/sandbox/nfs-server/settings.js'
import {openSession, removeBase, type ExportSession} from './export-session.js'

describe('file handles', () => {
  let nfs: ExportSession
  beforeEach(async () => {
    nfs = await openSession()
  })
  afterEach(async () => {
    await nfs.close()
    removeBase(nfs)
  })

  const restart = async (changes: Partial<ServerSettings> = {}): Promise<void> => {
    await nfs.close()
    nfs = await openSession({base: path.dirname(nfs.root), ...changes})
  }
  const find = async (...names: string[]): Promise<Buffer> => {
    let handle = nfs.rootHandle
    for (const name of names) handle = (await nfs.run('lookup', {dir: handle, name})).handle
    return handle
  }
  const plant = (): void => {
    mkdirSync(path.join(nfs.root, 'a/b'), {recursive: true})
    writeFileSync(path.join(nfs.root, 'a/b/file'), 'text')
  }
  const read = async (handle: Buffer): Promise<string> =>
    (await nfs.run('read', {handle, offset: 0n, count: 100})).data.toString()

  it('are at most 64 bytes and survive a restart, at any depth', async () => {
    plant()
    const [file, directory, root] = [await find('a', 'b', 'file'), await find('a', 'b'), nfs.rootHandle]
    await restart()
    expect(file.length).toBeLessThanOrEqual(64)
    expect(await read(file)).toBe('text')
    expect((await nfs.run('lookup', {dir: directory, name: 'file'})).handle).toEqual(file)
    expect(nfs.rootHandle).toEqual(root)
  })

  it('follow a file that was moved behind the back of the server', async () => {
    plant()
    const file = await find('a', 'b', 'file')
    renameSync(path.join(nfs.root, 'a'), path.join(nfs.root, 'z'))
    expect(await read(file)).toBe('text')
  })

  it('survive directories that were turned inside out behind the back of the server', async () => {
    plant()
    const [file, outer, inner] = [await find('a', 'b', 'file'), await find('a'), await find('a', 'b')]
    renameSync(path.join(nfs.root, 'a/b'), path.join(nfs.root, 'b'))
    renameSync(path.join(nfs.root, 'a'), path.join(nfs.root, 'b/a'))
    expect((await nfs.run('lookup', {dir: inner, name: 'a'})).handle).toEqual(outer)
    expect(await read(file)).toBe('text')
  })

  it('are stale for a file that is gone, also after a restart', async () => {
    plant()
    const file = await find('a', 'b', 'file')
    rmSync(path.join(nfs.root, 'a/b/file'))
    expect(await nfs.status('getattr', {handle: file})).toBe('NFS3ERR_STALE')
    await restart()
    expect(await nfs.status('getattr', {handle: file})).toBe('NFS3ERR_STALE')
  })

  it('are stale when the served directory was exchanged, and a new mount sees the new one', async () => {
    plant()
    const [file, root] = [await find('a', 'b', 'file'), nfs.rootHandle]
    renameSync(nfs.root, `${nfs.root}.old`)
    mkdirSync(nfs.root)
    writeFileSync(path.join(nfs.root, 'new'), 'other')
    expect(await nfs.status('getattr', {handle: file})).toBe('NFS3ERR_STALE')
    expect(await nfs.status('getattr', {handle: root})).toBe('NFS3ERR_STALE')
    const granted = await nfs.mount('/home/nfs')
    const dir = granted.ok ? granted.value.handle : Buffer.alloc(0)
    expect(await read((await nfs.run('lookup', {dir, name: 'new'})).handle)).toBe('other')
  })

  it('are stale under another fsid, and hold under the same one', async () => {
    const [one, other] = ['0f8fad5b-d9cb-469f-a165-70867728950e', '7c9e6679-7425-40de-944b-e07fc1f90ae7']
    await restart({exportFsid: one})
    const root = nfs.rootHandle
    await restart({exportFsid: one})
    expect(await nfs.status('getattr', {handle: root})).toBe('NFS3_OK')
    await restart({exportFsid: other})
    expect(await nfs.status('getattr', {handle: root})).toBe('NFS3ERR_STALE')
    await restart()
    expect(await nfs.status('getattr', {handle: root})).toBe('NFS3ERR_STALE')
  })

  it('cannot be made up, cut or changed', async () => {
    const root = nfs.rootHandle
    const forged = [
      Buffer.alloc(0),
      Buffer.alloc(64),
      root.subarray(0, root.length - 1),
      Buffer.concat([root, Buffer.alloc(4)]),
    ]
    // Bytes 4 to 11 name the export: whoever changes them means another one, which is not here.
    const otherExport: Buffer[] = []
    for (let at = 0; at < root.length; at++) {
      const changed = Buffer.from(root)
      changed.writeUInt8((root[at] ?? 0) ^ 1, at)
      if (at >= 4 && at < 12) otherExport.push(changed)
      else forged.push(changed)
    }
    for (const handle of forged) expect(await nfs.status('getattr', {handle})).toBe('NFS3ERR_BADHANDLE')
    for (const handle of otherExport) expect(await nfs.status('getattr', {handle})).toBe('NFS3ERR_STALE')
  })

  it('come with another write verifier after a restart', async () => {
    plant()
    const handle = await find('a', 'b', 'file')
    const write = {handle, offset: 0n, count: 1, stable: STABILITY.unstable, data: Buffer.from('x')}
    const before = (await nfs.run('write', write)).verifier
    await restart()
    expect((await nfs.run('commit', {handle, offset: 0n, count: 0})).verifier).not.toEqual(before)
  })
})
