import {describe, expect, it} from '@jest/globals'
import {KEEP_ATTRIBUTES} from '../../../src/nfs/wire/nfs3-attributes.js'
import type {SuiteBench} from './bench.js'
import {statusOf} from './client.js'

/** Hard links, symbolic links, one file system's facts for all, times that can be set (RFC 1813 § 3.3.19). */
const PROPERTIES = 0x1b
const FOUR_GIB = 4n * 1024n ** 3n

export function describeLimits(bench: SuiteBench): void {
  describe('limits and errors', () => {
    it('tells limits that VIC’s clients can work with', async () => {
      const root = bench.root()
      const handle = root.root
      const info = await root.nfs.fsinfo({handle})
      // Container VMs ask for 131,072 bytes and take less: Linux offers that to a machine of a gigabyte, half of it to a smaller one.
      expect(Math.min(info.rtmax, info.wtmax)).toBeGreaterThanOrEqual(65_536)
      expect(info.rtpref).toBeLessThanOrEqual(info.rtmax)
      expect(info.wtpref).toBeLessThanOrEqual(info.wtmax)
      expect(info.dtpref).toBeGreaterThanOrEqual(512)
      expect(info.maxFileSize).toBeGreaterThan(FOUR_GIB)
      expect(info.properties & PROPERTIES).toBe(PROPERTIES)
      const conf = await root.nfs.pathconf({handle})
      const {nameMax, noTrunc} = bench.differences.longNames
      expect(conf).toMatchObject({nameMax, noTrunc, caseInsensitive: false, casePreserving: true})
      expect(conf.linkMax).toBeGreaterThan(1)
    })

    it('tells the space that the server itself sees', async () => {
      const root = bench.root()
      const {totalBytes, freeBytes, availableBytes, totalFiles, freeFiles, invarSeconds} = await root.nfs.fsstat({
        handle: root.root,
      })
      const [blocks = 0n, blockBytes = 0n, files = 0n] = (await bench.shell('stat -f -c "%b %S %c" .'))
        .trim()
        .split(' ')
        .map(BigInt)
      expect([totalBytes, totalFiles]).toEqual([blocks * blockBytes, files])
      expect(freeBytes > 0n && freeBytes <= totalBytes && availableBytes <= freeBytes).toBe(true)
      expect(freeFiles).toBeLessThanOrEqual(totalFiles)
      expect(invarSeconds).toBe(0)
    })

    it('has the right word for each mistake', async () => {
      const root = bench.root()
      const {handle: dir} = bench.folder()
      const [file, folder] = [await root.file(dir, 'file'), await root.folder(dir, 'folder')]
      const {nfs} = root
      const data = Buffer.from('x')
      expect(await statusOf(root.find(dir, 'missing'))).toBe('NFS3ERR_NOENT')
      expect(await statusOf(root.find(file, 'x'))).toBe('NFS3ERR_NOTDIR')
      expect(await statusOf(root.file(file, 'x'))).toBe('NFS3ERR_NOTDIR')
      expect(await statusOf(root.folder(dir, 'file'))).toBe('NFS3ERR_EXIST')
      expect(await statusOf(root.folder(dir, 'folder'))).toBe('NFS3ERR_EXIST')
      expect(await statusOf(nfs.read({handle: folder, offset: 0n, count: 1}))).toBe(bench.differences.readDirectory)
      expect(await statusOf(nfs.write({handle: folder, offset: 0n, count: 1, stable: 2, data}))).toMatch(
        /^NFS3ERR_(ISDIR|INVAL)$/,
      )
      expect(await statusOf(root.find(dir, 'x'.repeat(256)))).toBe(bench.differences.longNames.status)
      const attributes = {...KEEP_ATTRIBUTES, mode: 0o755}
      expect(await statusOf(nfs.mkdir({dir, name: 'x'.repeat(256), attributes}))).toBe(
        bench.differences.longNames.status,
      )
      const stranger = await bench.client({uid: 4242})
      await root.set(folder, {mode: 0o755})
      expect(await statusOf(stranger.file(folder, 'x'))).toBe('NFS3ERR_ACCES')
      await root.set(folder, {mode: 0o700})
      expect(await statusOf(stranger.find(folder, 'x'))).toBe('NFS3ERR_ACCES')
      expect(await bench.shell('ls -A folder')).toBe('')
    })

    it('takes no handle for another file: STALE after removal, also when the inode number is used again', async () => {
      const root = bench.root()
      const {handle: dir} = bench.folder()
      const old = await root.file(dir, 'old')
      const {fileid} = await root.look(old)
      await root.nfs.remove({dir, name: 'old'})
      const fresh = await Promise.all(Array.from({length: 20}, (_, index) => root.file(dir, `new ${index}`)))
      const fileids = await Promise.all(fresh.map(async (handle) => (await root.look(handle)).fileid))
      expect(await statusOf(root.look(old))).toBe('NFS3ERR_STALE')
      expect(await statusOf(root.put(old, 'to nobody'))).toBe('NFS3ERR_STALE')
      expect(await statusOf(root.take(old))).toBe('NFS3ERR_STALE')
      // So that the test says something: file systems here take the number of the removed file again.
      if (fileids.includes(fileid)) expect(await bench.shell('cat new*')).toBe('')
      const folder = await root.folder(dir, 'folder')
      await root.nfs.rmdir({dir, name: 'folder'})
      expect(await statusOf(root.file(folder, 'x'))).toBe('NFS3ERR_STALE')
    })
  })
}
