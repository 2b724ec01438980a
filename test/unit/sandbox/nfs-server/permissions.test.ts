import {chmodSync, statSync, symlinkSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {afterEach, describe, expect, it} from '@jest/globals'
import {KEEP_ATTRIBUTES, type SetAttributes} from '../../../../src/nfs/wire/nfs3-attributes.js'
import {ROOT, caller, openSession, removeBase, type ExportSession, type SessionOptions} from './export-session.js'

const ALICE = caller(1000)
const BOB = caller(1001)

describe('owner, mode and squashing', () => {
  const sessions: ExportSession[] = []
  const open = async (options: SessionOptions = {}): Promise<ExportSession> => {
    const session = await openSession(options)
    sessions.push(session)
    return session
  }
  const openWith = (exportOptions: string, more: SessionOptions = {}) => open({exportOptions, ...more})
  afterEach(async () => {
    for (const session of sessions.splice(0)) {
      await session.close()
      removeBase(session)
    }
  })

  const make = async (nfs: ExportSession, name: string, {mode = 0o644, as = ROOT, dir = nfs.rootHandle} = {}) => {
    const how = {mode: 'unchecked', attributes: {...KEEP_ATTRIBUTES, mode}} as const
    return (await nfs.run('create', {dir, name, how}, as)).handle ?? Buffer.alloc(0)
  }
  const set = (nfs: ExportSession, handle: Buffer, change: Partial<SetAttributes>, as = ROOT) =>
    nfs.status('setattr', {handle, attributes: {...KEEP_ATTRIBUTES, ...change}, guardCtime: undefined}, as)
  const look = async (nfs: ExportSession, handle: Buffer) => {
    const {uid, gid, mode} = (await nfs.run('getattr', {handle})).attributes
    return [uid, gid, mode.toString(8)]
  }
  const mkdirAs = (nfs: ExportSession, as: typeof ROOT, name = 'volumes') =>
    nfs.status('mkdir', {dir: nfs.rootHandle, name, attributes: {...KEEP_ATTRIBUTES, mode: 0o755}}, as)

  it('shows a fresh root as root:root 0755, whoever runs the server, and refuses others', async () => {
    const nfs = await open()
    expect(await look(nfs, nfs.rootHandle)).toEqual([0, 0, '755'])
    expect(await mkdirAs(nfs, caller(1000, 1000, [0]))).toBe('NFS3ERR_ACCES')
    expect(await mkdirAs(nfs, ROOT)).toBe('NFS3_OK')
    expect(await mkdirAs(nfs, ROOT)).toBe('NFS3ERR_EXIST')
  })

  it('gives the root to EXPORT_UID, EXPORT_GID, EXPORT_MODE', async () => {
    const nfs = await open({exportUid: 1000, exportGid: 1000, exportMode: 0o750})
    expect(await look(nfs, nfs.rootHandle)).toEqual([1000, 1000, '750'])
    expect(await mkdirAs(nfs, ALICE)).toBe('NFS3_OK')
    expect(await mkdirAs(nfs, BOB, 'b')).toBe('NFS3ERR_ACCES')
  })

  it('keeps owners and modes over a restart; other files belong to root with their mode on disk', async () => {
    const nfs = await open({exportUid: 1000})
    const handle = await make(nfs, 'a', {as: ALICE, mode: 0o640})
    writeFileSync(path.join(nfs.root, 'below'), '')
    chmodSync(path.join(nfs.root, 'below'), 0o604)
    await nfs.close()
    const again = await open({base: path.dirname(nfs.root)})
    expect(await look(again, handle)).toEqual([1000, 1000, '640'])
    const below = await again.run('lookup', {dir: again.rootHandle, name: 'below'})
    expect(await look(again, below.handle)).toEqual([0, 0, '604'])
    expect(await look(again, again.rootHandle)).toEqual([1000, 0, '755'])
  })

  it('forgets the owner of a removed file before its inode number is used again', async () => {
    const nfs = await open({exportMode: 0o777})
    await make(nfs, 'a', {as: ALICE, mode: 0o600})
    await nfs.run('remove', {dir: nfs.rootHandle, name: 'a'}, ALICE)
    expect(await look(nfs, await make(nfs, 'b', {as: BOB}))).toEqual([1001, 1001, '644'])
  })

  it('checks owner, group, supplementary groups and others like a kernel', async () => {
    const nfs = await open({exportMode: 0o777})
    const handle = await make(nfs, 'a', {as: ALICE, mode: 0o640})
    const read = (as: typeof ROOT) => nfs.status('read', {handle, offset: 0n, count: 1}, as)
    const write = (as: typeof ROOT) =>
      nfs.status('write', {handle, offset: 0n, count: 0, stable: 2, data: Buffer.alloc(0)}, as)
    expect([await read(ALICE), await write(ALICE)]).toEqual(['NFS3_OK', 'NFS3_OK'])
    expect([await read(BOB), await write(BOB)]).toEqual(['NFS3ERR_ACCES', 'NFS3ERR_ACCES'])
    const member = caller(1001, 1001, [5, 1000])
    expect([await read(member), await write(member)]).toEqual(['NFS3_OK', 'NFS3ERR_ACCES'])
    expect([await read(ROOT), await write(ROOT)]).toEqual(['NFS3_OK', 'NFS3_OK'])
    const access = async (as: typeof ROOT) => (await nfs.run('access', {handle, access: 0x3f}, as)).access
    expect([await access(ALICE), await access(member), await access(BOB)]).toEqual([0x0d, 0x01, 0])
  })

  it('lets only the owner change the mode, only root the owner', async () => {
    const nfs = await open({exportMode: 0o777})
    const handle = await make(nfs, 'a', {as: ALICE})
    expect(await set(nfs, handle, {mode: 0o600}, BOB)).toBe('NFS3ERR_PERM')
    expect(await set(nfs, handle, {uid: 1001}, ALICE)).toBe('NFS3ERR_PERM')
    expect(await set(nfs, handle, {gid: 7}, ALICE)).toBe('NFS3ERR_PERM')
    expect(await set(nfs, handle, {gid: 7}, caller(1000, 1000, [7]))).toBe('NFS3_OK')
    expect(await set(nfs, handle, {size: 0n}, BOB)).toBe('NFS3ERR_ACCES')
    expect(await set(nfs, handle, {mtime: {seconds: 1, nanoseconds: 0}}, BOB)).toBe('NFS3ERR_PERM')
    expect(await set(nfs, handle, {mode: 0o4755}, ALICE)).toBe('NFS3_OK')
    expect(await set(nfs, handle, {uid: 1001})).toBe('NFS3_OK')
    expect(await look(nfs, handle)).toEqual([1001, 7, '755'])
  })

  it('never puts set-uid on the disk', async () => {
    const nfs = await open()
    const handle = await make(nfs, 'a', {mode: 0o6777})
    expect(await look(nfs, handle)).toEqual([0, 0, '6777'])
    expect(statSync(path.join(nfs.root, 'a')).mode & 0o7000).toBe(0)
  })

  it('keeps other people out of a sticky directory and passes on the group of a set-gid one', async () => {
    const nfs = await open({exportMode: 0o3777, exportGid: 50})
    const dir = nfs.rootHandle
    expect(await look(nfs, await make(nfs, 'a', {as: ALICE}))).toEqual([1000, 50, '644'])
    expect(await nfs.status('remove', {dir, name: 'a'}, BOB)).toBe('NFS3ERR_PERM')
    expect(await nfs.status('rename', {fromDir: dir, fromName: 'a', toDir: dir, toName: 'b'}, BOB)).toBe('NFS3ERR_PERM')
    expect(await nfs.status('remove', {dir, name: 'a'}, ALICE)).toBe('NFS3_OK')
  })

  it('squashes root and everybody, and serves nobody without a credential', async () => {
    const squashed = await openWith('*(rw,insecure)', {exportMode: 0o777})
    expect(await look(squashed, await make(squashed, 'a'))).toEqual([65_534, 65_534, '644'])
    expect(await look(squashed, await make(squashed, 'b', {as: ALICE}))).toEqual([1000, 1000, '644'])
    const all = await openWith('*(rw,insecure,all_squash,anonuid=12,anongid=34)', {exportMode: 0o777})
    expect(await look(all, await make(all, 'a', {as: ALICE}))).toEqual([12, 34, '644'])
    const nobody = await openWith('*(rw,insecure,no_root_squash)', {exportMode: 0o777})
    await expect(make(nobody, 'a', {as: {flavor: 'none'}})).rejects.toThrow('auth-error')
  })

  it('refuses every change of a read-only export', async () => {
    const nfs = await openWith('*(ro,insecure,no_root_squash)')
    writeFileSync(path.join(nfs.root, 'a'), 'text')
    symlinkSync('a', path.join(nfs.root, 'l'))
    const dir = nfs.rootHandle
    const {handle} = await nfs.run('lookup', {dir, name: 'a'})
    const how = {mode: 'unchecked', attributes: KEEP_ATTRIBUTES} as const
    const statuses = [
      await mkdirAs(nfs, ROOT),
      await set(nfs, handle, {mode: 0o600}),
      await nfs.status('create', {dir, name: 'b', how}),
      await nfs.status('create', {dir, name: 'a', how: {...how, attributes: {...KEEP_ATTRIBUTES, size: 0n}}}),
      await nfs.status('write', {handle, offset: 0n, count: 0, stable: 2, data: Buffer.alloc(0)}),
      await nfs.status('remove', {dir, name: 'a'}),
      await nfs.status('rename', {fromDir: dir, fromName: 'a', toDir: dir, toName: 'b'}),
      await nfs.status('link', {handle, dir, name: 'b'}),
      await nfs.status('symlink', {dir, name: 's', attributes: KEEP_ATTRIBUTES, target: 'a'}),
    ]
    expect(new Set(statuses)).toEqual(new Set(['NFS3ERR_ROFS']))
    expect((await nfs.run('read', {handle, offset: 0n, count: 9})).data.toString()).toBe('text')
    expect((await nfs.run('access', {handle, access: 0x3f})).access & 0x0c).toBe(0)
  })
})
