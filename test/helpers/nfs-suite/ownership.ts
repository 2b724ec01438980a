import {describe, expect, it} from '@jest/globals'
import {KEEP_ATTRIBUTES} from '../../../src/nfs/wire/nfs3-attributes.js'
import type {SuiteBench} from './bench.js'
import {statusOf, type SuiteClient} from './client.js'

const ALICE = {uid: 1234, gid: 4321}
const GROUP = 5000
const MEMBER = {uid: 2000, gid: 2000, gids: [4999, GROUP, 5001]}
const STRANGER = {uid: 2001, gid: 2001, gids: [4999, 5001]}
const READ_BITS = 0x01
const WRITE_BITS = 0x0c

export function describeOwnership(bench: SuiteBench): void {
  describe('owners and rights', () => {
    const ownerOf = async (handle: Buffer): Promise<readonly [number, number, string]> => {
      const {uid, gid, mode} = await bench.root().look(handle)
      return [uid, gid, (mode & 0o7777).toString(8)]
    }
    const expectOnDisk = async (name: string, owner: string): Promise<void> => {
      if (bench.differences.ownersOnDisk) expect(await bench.shell(`stat -c "%u %g %a" ${name}`)).toBe(`${owner}\n`)
    }
    const mkdir = (client: SuiteClient, dir: Buffer, name: string) => statusOf(client.folder(dir, name))

    it('belong to the uid and gid that the client sends', async () => {
      const alice = await bench.client(ALICE)
      const {handle: dir} = bench.folder()
      const file = await alice.file(dir, 'file', 0o640)
      expect(await ownerOf(file)).toEqual([1234, 4321, '640'])
      await expectOnDisk('file', '1234 4321 640')
      expect(await ownerOf(await alice.folder(dir, 'folder', 0o750))).toEqual([1234, 4321, '750'])
      await expectOnDisk('folder', '1234 4321 750')
      await alice.nfs.symlink({dir, name: 'link', target: 'x', attributes: KEEP_ATTRIBUTES})
      expect((await ownerOf(await alice.find(dir, 'link'))).slice(0, 2)).toEqual([1234, 4321])
    })

    it('are changed by SETATTR: the mode by its owner, the owner by root alone', async () => {
      const [alice, stranger, root] = [await bench.client(ALICE), await bench.client(STRANGER), bench.root()]
      const file = await alice.file(bench.folder().handle, 'file')
      await alice.set(file, {mode: 0o2751})
      expect((await ownerOf(file))[2]).toMatch(/^2?751$/)
      expect(await statusOf(stranger.set(file, {mode: 0o777}))).toBe('NFS3ERR_PERM')
      expect(await statusOf(alice.set(file, {uid: 2001}))).toBe('NFS3ERR_PERM')
      await root.set(file, {uid: 77, gid: 88, mode: 0o600})
      expect(await ownerOf(file)).toEqual([77, 88, '600'])
      await expectOnDisk('file', '77 88 600')
      expect(await statusOf(alice.take(file))).toBe('NFS3ERR_ACCES')
    })

    it('obey supplementary groups: a member of the group may write where only the group may, a stranger may not', async () => {
      const [member, stranger, root] = [await bench.client(MEMBER), await bench.client(STRANGER), bench.root()]
      const shared = await root.folder(bench.folder().handle, 'shared')
      await root.set(shared, {gid: GROUP, mode: 0o770})
      expect(await mkdir(member, shared, 'by member')).toBe('NFS3_OK')
      expect(await mkdir(stranger, shared, 'by stranger')).toBe('NFS3ERR_ACCES')
      const file = await root.file(shared, 'file')
      await root.set(file, {gid: GROUP, mode: 0o660})
      expect(await statusOf(member.put(file, 'by member'))).toBe('NFS3_OK')
      expect(await statusOf(stranger.put(file, 'by stranger'))).toBe('NFS3ERR_ACCES')
      expect(String(await root.take(file))).toBe('by member')
      expect(await bench.shell('ls shared')).toBe('by member\nfile\n')
    })

    it('are told by ACCESS as they are enforced', async () => {
      const [alice, member, root] = [await bench.client(ALICE), await bench.client(MEMBER), bench.root()]
      const file = await alice.file(bench.folder().handle, 'file')
      await root.set(file, {gid: GROUP, mode: 0o640})
      const granted = async (client: SuiteClient) =>
        (await client.nfs.access({handle: file, access: READ_BITS | WRITE_BITS})).access
      expect(await granted(alice)).toBe(READ_BITS | WRITE_BITS)
      expect(await granted(member)).toBe(READ_BITS)
      expect(await granted(await bench.client(STRANGER))).toBe(0)
      expect(await granted(root)).toBe(READ_BITS | WRITE_BITS)
    })

    it('keep others out of a sticky folder, and pass the group of a set-gid folder on', async () => {
      const [alice, stranger, root] = [await bench.client(ALICE), await bench.client(STRANGER), bench.root()]
      const {handle} = bench.folder()
      const sticky = await root.folder(handle, 'sticky')
      await root.set(sticky, {mode: 0o1777})
      await alice.file(sticky, 'hers')
      expect(await statusOf(stranger.nfs.remove({dir: sticky, name: 'hers'}))).toMatch(/^NFS3ERR_(PERM|ACCES)$/)
      expect(await statusOf(alice.nfs.remove({dir: sticky, name: 'hers'}))).toBe('NFS3_OK')
      const groupFolder = await root.folder(handle, 'group')
      await root.set(groupFolder, {gid: GROUP, mode: 0o2777})
      expect((await ownerOf(await alice.file(groupFolder, 'file'))).slice(0, 2)).toEqual([1234, GROUP])
    })

    it('have times that SETATTR sets, and a guard that refuses what has changed meanwhile', async () => {
      const root = bench.root()
      const handle = await root.file(bench.folder().handle, 'file')
      const mtime = {seconds: 1_500_000_000, nanoseconds: 250_000_000}
      await root.set(handle, {mtime, atime: {seconds: 1_400_000_000, nanoseconds: 0}})
      expect(await root.look(handle)).toMatchObject({mtime, atime: {seconds: 1_400_000_000, nanoseconds: 0}})
      expect(await bench.shell('stat -c "%Y %X" file')).toBe('1500000000 1400000000\n')
      const now = Number(await bench.shell('date +%s'))
      await root.set(handle, {mtime: 'server'})
      expect(Math.abs((await root.look(handle)).mtime.seconds - now)).toBeLessThan(60)
      const guarded = (guardCtime: {seconds: number; nanoseconds: number}) =>
        statusOf(root.nfs.setattr({handle, attributes: {...KEEP_ATTRIBUTES, mode: 0o600}, guardCtime}))
      expect(await guarded({seconds: 1, nanoseconds: 2})).toBe('NFS3ERR_NOT_SYNC')
      expect(await guarded((await root.look(handle)).ctime)).toBe('NFS3_OK')
    })
  })
}
