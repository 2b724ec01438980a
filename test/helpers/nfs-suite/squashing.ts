import {describe, expect, it} from '@jest/globals'
import {withServer, type SuiteBench} from './bench.js'
import {asClient, statusOf, type Identity} from './client.js'
import {OPEN, type NfsSubject} from './subject.js'

const NOBODY = 65_534

export function describeSquashing(bench: SuiteBench): void {
  describe('who clients are', () => {
    /** Owner of a file that somebody makes. */
    const ownerOf = (subject: NfsSubject, identity: Identity) =>
      asClient(subject, identity, async (client) => {
        const name = `by-${identity.uid}`
        const {uid, gid} = await client.look(await client.file(client.root, name))
        if (bench.differences.ownersOnDisk)
          expect(await subject.shell(`stat -c "%u %g" ${name}`)).toBe(`${uid} ${gid}\n`)
        return [uid, gid]
      })
    const options = (squash: string) => ({EXPORT_OPTS: OPEN.replace('no_root_squash', squash), EXPORT_MODE: '0777'})

    it('root_squash: root is nobody and may no more than that, everybody else is who he is', () =>
      withServer(bench.servers(), options('root_squash'), async (subject) => {
        expect(await ownerOf(subject, {uid: 0})).toEqual([NOBODY, NOBODY])
        expect(await ownerOf(subject, {uid: 1000, gid: 1001})).toEqual([1000, 1001])
        await asClient(subject, {uid: 0}, async (root) => {
          const file = await root.find(root.root, 'by-1000')
          expect(await statusOf(root.put(file, 'not mine'))).toBe('NFS3ERR_ACCES')
          expect(await statusOf(root.set(file, {uid: 0}))).toBe('NFS3ERR_PERM')
        })
      }))

    it('all_squash: everybody is anonuid and anongid', () =>
      withServer(bench.servers(), options('all_squash,anonuid=1212,anongid=3434'), async (subject) => {
        expect(await ownerOf(subject, {uid: 0})).toEqual([1212, 3434])
        expect(await ownerOf(subject, {uid: 1000})).toEqual([1212, 3434])
      }))

    it('no_root_squash, the control: root is root, also where only root may', () =>
      withServer(
        bench.servers(),
        {EXPORT_OPTS: OPEN, EXPORT_UID: '1000', EXPORT_GID: '1000', EXPORT_MODE: '0700'},
        async (subject) => {
          expect(await ownerOf(subject, {uid: 0})).toEqual([0, 0])
          expect(await ownerOf(subject, {uid: 1000})).toEqual([1000, 1000])
          await asClient(subject, {uid: 1001}, async (stranger) => {
            expect(await statusOf(stranger.file(stranger.root, 'file'))).toBe('NFS3ERR_ACCES')
          })
        },
      ))

    it('ro: read by everybody, changed by nobody', () =>
      withServer(bench.servers(), {EXPORT_OPTS: OPEN.replace('rw', 'ro')}, async (subject) => {
        await subject.shell('printf text >file')
        await asClient(subject, {uid: 0}, async (root) => {
          const file = await root.find(root.root, 'file')
          expect(String(await root.take(file))).toBe('text')
          expect(await statusOf(root.put(file, 'changed'))).toBe('NFS3ERR_ROFS')
          expect(await statusOf(root.set(file, {mode: 0o777}))).toBe('NFS3ERR_ROFS')
          expect(await statusOf(root.folder(root.root, 'volumes'))).toBe('NFS3ERR_ROFS')
          expect(await statusOf(root.nfs.remove({dir: root.root, name: 'file'}))).toBe('NFS3ERR_ROFS')
        })
        expect(await subject.shell('cat file; ls')).toMatch(/^textfile\n/)
      }))
  })
}
