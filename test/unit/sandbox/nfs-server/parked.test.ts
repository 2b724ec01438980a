import {readdirSync} from 'node:fs'
import path from 'node:path'
import {afterEach, describe, expect, it} from '@jest/globals'
import {KEEP_ATTRIBUTES} from '../../../../src/nfs/wire/nfs3-attributes.js'
import {ROOT, caller, makeBase, openSession, removeBase, type ExportSession} from './export-session.js'

/** The worst that EXPORT_OPTS may say: root stays root, whoever it is. */
const GENEROUS = '*(rw,insecure,no_root_squash,all_squash,anonuid=0,anongid=0)'

describe('a parked export', () => {
  const sessions: ExportSession[] = []
  const open = async (options: Parameters<typeof openSession>[0] = {}): Promise<ExportSession> => {
    const session = await openSession(options)
    sessions.push(session)
    return session
  }
  afterEach(async () => {
    for (const session of sessions.splice(0)) {
      await session.close()
      removeBase(session)
    }
  })

  const mkdir =
    (nfs: ExportSession, dir: Buffer, as = ROOT) =>
    (name: string) =>
      nfs.status('mkdir', {dir, name, attributes: {...KEEP_ATTRIBUTES, mode: 0o777}}, as)

  it.each(['*(rw,insecure,no_root_squash)', '*(ro,insecure)', GENEROUS])(
    'lets a VCH find its folders and make nothing in them, also as root: %s',
    async (exportOptions) => {
      const nfs = await open({exportOptions, parked: true, exportUid: 1000, exportMode: 0o700})
      for (const as of [ROOT, caller(1000, 1000, [0])]) {
        for (const name of ['volumes', 'volumes_metadata']) {
          expect(await mkdir(nfs, nfs.rootHandle, as)(name)).toBe('NFS3ERR_EXIST')
          const {handle, attributes} = await nfs.run('lookup', {dir: nfs.rootHandle, name}, as)
          expect(attributes).toMatchObject({uid: 0, gid: 0, mode: 0o555})
          expect(await mkdir(nfs, handle, as)('new')).toBe('NFS3ERR_ACCES')
          expect(
            await nfs.status(
              'setattr',
              {handle, attributes: {...KEEP_ATTRIBUTES, mode: 0o777}, guardCtime: undefined},
              as,
            ),
          ).toBe('NFS3ERR_PERM')
          expect(readdirSync(path.join(nfs.root, name))).toEqual([])
        }
      }
      const {attributes} = await nfs.run('getattr', {handle: nfs.rootHandle})
      expect(attributes).toMatchObject({uid: 0, gid: 0, mode: 0o1777})
    },
  )

  it('is another file system: handles of the volume are stale there, also under the same EXPORT_FSID', async () => {
    const exportFsid = '0f8fad5b-d9cb-469f-a165-70867728950e'
    const volume = await open({exportFsid})
    const parked = await open({exportFsid, parked: true})
    const here = (nfs: ExportSession) => nfs.status('getattr', {handle: volume.rootHandle})
    expect([await here(volume), await here(parked)]).toEqual(['NFS3_OK', 'NFS3ERR_STALE'])
    const fsid = async (nfs: ExportSession) => (await nfs.run('getattr', {handle: nfs.rootHandle})).attributes.fsid
    expect(await fsid(parked)).not.toBe(await fsid(volume))
    // The control: the same folder and table without PARKED go on.
    await volume.close()
    const again = await open({exportFsid, base: path.dirname(volume.root)})
    expect(await here(again)).toBe('NFS3_OK')
    expect(await mkdir(again, again.rootHandle)('volumes')).toBe('NFS3_OK')
  })

  it('has each directory that is a store as the root of one, and lets nobody make another', async () => {
    const nfs = await open({exportOptions: GENEROUS, parked: true, parkedDirectories: ['web', 'deep/er']})
    const find = async (path: string): Promise<Buffer> => {
      let handle = nfs.rootHandle
      for (const name of path.split('/')) handle = (await nfs.run('lookup', {dir: handle, name})).handle
      return handle
    }
    for (const store of ['web', 'deep/er']) {
      const handle = await find(store)
      for (const name of ['volumes', 'volumes_metadata']) {
        expect(await mkdir(nfs, handle)(name)).toBe('NFS3ERR_EXIST')
        expect(await mkdir(nfs, await find(`${store}/${name}`))('new')).toBe('NFS3ERR_ACCES')
      }
    }
    expect(await mkdir(nfs, await find('deep'))('other')).toBe('NFS3ERR_ACCES')
  })

  it('whose folder holds nothing else', async () => {
    const base = makeBase()
    const nfs = await open({base, parked: true})
    expect(readdirSync(nfs.root).sort()).toEqual(['volumes', 'volumes_metadata'])
  })
})
