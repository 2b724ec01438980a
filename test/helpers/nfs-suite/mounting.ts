import {describe, expect, it} from '@jest/globals'
import {getPort} from '../../../src/nfs/client/portmap.js'
import {mount, unmount} from '../../../src/nfs/client/mount.js'
import {connectRpc} from '../../../src/nfs/client/rpc-connection.js'
import {runPreflight} from '../../../src/nfs/preflight/run-preflight.js'
import {FILE_TYPE} from '../../../src/nfs/wire/nfs3-attributes.js'
import {MOUNT, type Credential} from '../../../src/nfs/wire/rpc-message.js'
import type {SuiteBench} from './bench.js'
import {openClient, statusOf} from './client.js'

const CREDENTIAL: Credential = {flavor: 'sys', machine: 'suite', uid: 0, gid: 0, gids: [0]}

export function describeMounting(bench: SuiteBench): void {
  describe('mounting', () => {
    /** MNT of a path, and UMNT. @returns the name of the status, and the handle when it was granted */
    const mnt = async (path: string): Promise<{readonly status: string; readonly handle?: Buffer}> => {
      const {host, portmapPort} = bench.subject()
      const port = await getPort(host, MOUNT, {portmapPort})
      const mountd = await connectRpc(host, port, {privilegedPort: true})
      let handle: Buffer | undefined
      const granted = mount(mountd, path, {credential: CREDENTIAL}).then((value) => ({handle} = value))
      const status = await statusOf(granted)
      await unmount(mountd, path, {credential: CREDENTIAL})
      mountd.close()
      return {status, ...(handle === undefined ? {} : {handle})}
    }

    it('passes the whole ladder of preflight, which makes the folders of a volume store, again and again', async () => {
      const {host, path, portmapPort} = bench.subject()
      for (const finding of ['volumes made, volumes_metadata made', 'volumes was there, volumes_metadata was there']) {
        const report = await runPreflight({host, path, uid: 0, gid: 0}, {portmapPort})
        expect(report.rungs.filter(({state}) => state !== 'passed')).toEqual([])
        expect(report.passed).toBe(true)
        expect(report.rungs.find(({id}) => id === 'write')?.finding).toBe(finding)
      }
      const root = bench.root()
      for (const name of ['volumes', 'volumes_metadata']) {
        const handle = await root.find(root.root, name)
        expect(await root.look(handle)).toMatchObject({type: FILE_TYPE.directory, uid: 0, gid: 0})
      }
      expect(await bench.subject().shell('test -d volumes && test -d volumes_metadata && echo both')).toBe('both\n')
    })

    it('grants sub-folders, at any depth, with the handle that LOOKUP gives', async () => {
      const root = bench.root()
      const {handle, name} = bench.folder()
      const inner = await root.folder(await root.folder(handle, 'volumes'), 'ein Name mit Blank')
      const path = `${bench.subject().path}/${name}/volumes/ein Name mit Blank`
      const granted = await mnt(path)
      expect(granted.status).toBe('NFS3_OK')
      const mounted = await openClient(bench.subject(), {uid: 0}, path)
      try {
        expect((await mounted.look(mounted.root)).fileid).toBe((await root.look(inner)).fileid)
        await mounted.put(await mounted.file(mounted.root, 'hello'), 'from the sub-folder')
        expect(String(await root.take(await root.find(inner, 'hello')))).toBe('from the sub-folder')
      } finally {
        await mounted.close()
      }
    })

    it('refuses what lies outside, is missing, or is no folder', async () => {
      const {path} = bench.subject()
      const root = bench.root()
      await root.file(bench.folder().handle, 'file')
      for (const outside of ['/', '/etc', `${path}x`, `${path}/..`, `${path}/../..`, '/proc'])
        expect({outside, ...(await mnt(outside))}).toEqual({
          outside,
          status: expect.stringMatching(/^MNT3ERR_(ACCES|NOENT|PERM)$/),
        })
      expect(await mnt(`${path}/missing`)).toEqual({status: bench.differences.missingPath})
      const {status} = await mnt(`${path}/${bench.folder().name}/file`)
      expect(status).toMatch(bench.differences.mountsFiles ? /^NFS3_OK$/ : /^MNT3ERR_(NOTDIR|ACCES)$/)
    })

    it('follows no symbolic link out of the export', async () => {
      const root = bench.root()
      const {handle, name} = bench.folder()
      await bench.shell('ln -s /etc out && ln -s . in')
      const link = await root.find(handle, 'out')
      expect((await root.look(link)).type).toBe(FILE_TYPE.symlink)
      const granted = await mnt(`${bench.subject().path}/${name}/out`)
      expect(granted.status).toMatch(/^MNT3ERR_/)
    })
  })
}
