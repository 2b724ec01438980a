import {describe, expect, it} from '@jest/globals'
import {runPreflight} from '../../../src/nfs/preflight/run-preflight.js'
import {withServer, type SuiteBench} from './bench.js'
import {ROOT, asClient, statusOf, type SuiteClient} from './client.js'
import type {NfsSubject} from './subject.js'

/** Under which everybody would be root on a server that is not parked. */
const GENEROUS = '*(rw,sync,no_subtree_check,insecure,no_root_squash,all_squash,anonuid=0,anongid=0)'
const STORE_FOLDERS = ['volumes', 'volumes_metadata']
const REFUSED = /^NFS3ERR_(ACCES|PERM)$/

export function describeParked(bench: SuiteBench): void {
  describe('a parked server in place of the real one', () => {
    const climb = async ({host, path, portmapPort}: NfsSubject): Promise<string | undefined> => {
      const report = await runPreflight({host, path, uid: 0, gid: 0}, {portmapPort})
      expect(report.rungs.filter(({state}) => state !== 'passed')).toEqual([])
      return report.rungs.find(({id}) => id === 'write')?.finding
    }
    const expectClosed = async (client: SuiteClient): Promise<void> => {
      const dir = client.root
      for (const name of STORE_FOLDERS) {
        const folder = await client.find(dir, name)
        expect(await client.look(folder)).toMatchObject({uid: 0, gid: 0})
        expect(await statusOf(client.folder(folder, 'new'))).toBe('NFS3ERR_ACCES')
        expect(await statusOf(client.file(folder, 'new'))).toBe('NFS3ERR_ACCES')
        expect(await statusOf(client.set(folder, {mode: 0o777}))).toMatch(REFUSED)
        expect(await statusOf(client.nfs.rmdir({dir, name}))).toMatch(REFUSED)
        expect(await statusOf(client.nfs.rename({fromDir: dir, fromName: name, toDir: dir, toName: 'x'}))).toMatch(
          REFUSED,
        )
        expect(await statusOf(client.folder(dir, name))).toBe('NFS3ERR_EXIST')
      }
      expect(await statusOf(client.set(dir, {mode: 0o777}))).toMatch(REFUSED)
    }

    it('boots a VCH, lets nobody write, knows no handle of the volume; the volume then goes on as it was', () =>
      withServer(bench.servers(), {EXPORT_OPTS: GENEROUS}, async (subject) => {
        expect(await climb(subject)).toBe('volumes made, volumes_metadata made')
        // The control: under these options a server that is not parked lets everybody do everything.
        const handle = await asClient(subject, {uid: 1000}, async (client) => {
          const folder = await client.folder(await client.find(client.root, 'volumes'), 'data')
          return client.put(await client.file(folder, 'file'), 'content').then(() => client.find(folder, 'file'))
        })

        await subject.recreate({EXPORT_OPTS: GENEROUS, PARKED: '1'})
        expect(await climb(subject)).toBe('volumes was there, volumes_metadata was there')
        for (const identity of [ROOT, {uid: 1000, gids: [0]}]) {
          await asClient(subject, identity, async (client) => {
            await expectClosed(client)
            expect(await statusOf(client.look(handle))).toMatch(/^NFS3ERR_(STALE|BADHANDLE)$/)
            expect(await statusOf(client.put(handle, 'changed'))).toMatch(/^NFS3ERR_(STALE|BADHANDLE)$/)
          })
        }
        expect(await subject.shell(`ls -A ${STORE_FOLDERS.join(' ')}`)).toBe('volumes:\n\nvolumes_metadata:\n')

        await subject.recreate({EXPORT_OPTS: GENEROUS, PARKED: '1', PARKED_DIRECTORIES: 'web:a/b'})
        for (const directory of ['web', 'a/b']) {
          const store = {...subject, path: `${subject.path}/${directory}`}
          expect(await climb(store)).toBe('volumes was there, volumes_metadata was there')
        }

        await subject.recreate({EXPORT_OPTS: GENEROUS})
        await asClient(subject, ROOT, async (client) => expect(String(await client.take(handle))).toBe('content'))
        expect(await subject.shell('cat volumes/data/file')).toBe('content')
      }))
  })
}
