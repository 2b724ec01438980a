import {lstatSync, mkdirSync, readdirSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {isDeepStrictEqual} from 'node:util'
import {afterEach, beforeEach, describe, expect, it} from '@jest/globals'
import type {SpecialNode} from '../../../../src/nfs/wire/nfs3-arguments.js'
import {FILE_TYPE, KEEP_ATTRIBUTES} from '../../../../src/nfs/wire/nfs3-attributes.js'
import {ROOT, caller, openSession, removeBase, type ExportSession} from './export-session.js'

const attributes = {...KEEP_ATTRIBUTES, mode: 0o640}
const FIFO: SpecialNode = {type: 'fifo', attributes}
const SOCKET: SpecialNode = {type: 'socket', attributes}

describe('MKNOD', () => {
  let nfs: ExportSession
  beforeEach(async () => {
    nfs = await openSession({exportMode: 0o777})
  })
  afterEach(async () => {
    await nfs.close()
    removeBase(nfs)
  })

  const mknod = (name: string, node: SpecialNode, as = ROOT) =>
    nfs.status('mknod', {dir: nfs.rootHandle, name, node}, as)
  const onDisk = (name: string) => lstatSync(path.join(nfs.root, name))

  it.each([
    ['fifo', FIFO, FILE_TYPE.fifo],
    ['socket', SOCKET, FILE_TYPE.socket],
  ])(
    'makes a %s that is one on the disk too, the caller’s, with handle, attributes and wcc data',
    async (_, node, type) => {
      const made = await nfs.run('mknod', {dir: nfs.rootHandle, name: 'x', node}, caller(1000, 1001))
      expect(made.attributes).toMatchObject({type, mode: 0o640, uid: 1000, gid: 1001, nlink: 1})
      expect([made.dirWcc.before, made.dirWcc.after]).not.toContain(undefined)
      const found = await nfs.run('lookup', {dir: nfs.rootHandle, name: 'x'})
      expect(found.handle).toEqual(made.handle)
      expect([onDisk('x').isFIFO(), onDisk('x').isSocket()]).toEqual([
        type === FILE_TYPE.fifo,
        type === FILE_TYPE.socket,
      ])
      expect(readdirSync(nfs.root)).toEqual(['x'])
      const change = {handle: found.handle, attributes: {...KEEP_ATTRIBUTES, mode: 0o600}, guardCtime: undefined}
      const {wcc} = await nfs.run('setattr', change)
      expect(wcc.after).toMatchObject({mode: 0o600, mtime: wcc.before?.mtime})
      // The clock of a file system ticks a few hundred times a second.
      const ctime = async () => (await nfs.run('setattr', change)).wcc.after?.ctime
      while (isDeepStrictEqual(await ctime(), wcc.before?.ctime));
      expect(await nfs.status('read', {handle: found.handle, offset: 0n, count: 1})).toBe('NFS3ERR_INVAL')
      expect(await nfs.status('remove', {dir: nfs.rootHandle, name: 'x'})).toBe('NFS3_OK')
      expect(await nfs.status('getattr', {handle: found.handle})).toBe('NFS3ERR_STALE')
    },
  )

  it('takes names of any length and kind', async () => {
    for (const name of ['-m', 'ein Wort, ümläut', 'a'.repeat(255)])
      for (const node of [FIFO, SOCKET]) {
        expect(await mknod(name, node)).toBe('NFS3_OK')
        expect(await mknod(name, node)).toBe('NFS3ERR_EXIST')
        expect(await nfs.status('remove', {dir: nfs.rootHandle, name})).toBe('NFS3_OK')
      }
    expect(await mknod('a'.repeat(256), FIFO)).toBe('NFS3ERR_NAMETOOLONG')
  })

  it('makes two at once: one of them is told that it exists', async () => {
    const statuses = await Promise.all([mknod('x', SOCKET), mknod('x', SOCKET)])
    expect(statuses.sort()).toEqual(['NFS3ERR_EXIST', 'NFS3_OK'])
    expect(readdirSync(nfs.root)).toEqual(['x'])
  })

  it('refuses devices, what is no special file, and whoever may not write there', async () => {
    const device = {rdevMajor: 1, rdevMinor: 3, attributes}
    expect(await mknod('null', {type: 'character', ...device})).toBe('NFS3ERR_PERM')
    expect(await mknod('loop', {type: 'block', ...device})).toBe('NFS3ERR_PERM')
    for (const type of ['regular', 'directory', 'symlink'] as const)
      expect(await mknod('x', {type})).toBe('NFS3ERR_BADTYPE')
    mkdirSync(path.join(nfs.root, 'closed'), {mode: 0o755})
    const {handle: closed} = await nfs.run('lookup', {dir: nfs.rootHandle, name: 'closed'})
    expect(await nfs.status('mknod', {dir: closed, name: 'x', node: FIFO}, caller(1000))).toBe('NFS3ERR_ACCES')
    writeFileSync(path.join(nfs.root, 'file'), '')
    const {handle: file} = await nfs.run('lookup', {dir: nfs.rootHandle, name: 'file'})
    expect(await nfs.status('mknod', {dir: file, name: 'x', node: FIFO})).toBe('NFS3ERR_NOTDIR')
    expect(readdirSync(nfs.root).sort()).toEqual(['closed', 'file'])
  })

  it('is refused on a read-only export', async () => {
    await nfs.close()
    nfs = await openSession({base: path.dirname(nfs.root), exportOptions: '*(ro,insecure,no_root_squash)'})
    expect(await mknod('x', FIFO)).toBe('NFS3ERR_ROFS')
  })
})
