import {VicnfsError} from '../../src/model/vicnfs-error.js'
import type {ShareAddress} from '../../src/nfs/preflight/report.js'
import type {ShareSession} from '../../src/nfs/share-access.js'
import type {FakeWorld} from './fake-world.js'

/** A session on a share that is kept in the world's `files`. */
export function fakeSession(world: FakeWorld, {path: root, uid}: ShareAddress): ShareSession {
  const {files, did, closed} = world
  const full = (path: string): string => (path === '' ? root : `${root}/${path}`)
  const below = (path: string): string[] => [...files.keys()].filter((each) => each.startsWith(`${full(path)}/`))
  return {
    list: (path) =>
      Promise.resolve(
        below(path)
          .map((each) => each.slice(full(path).length + 1))
          .filter((each) => !each.includes('/'))
          .map((name) => {
            const [owner = 0] = closed.get(`${full(path)}/${name}`) ?? []
            const isDirectory = files.get(`${full(path)}/${name}`) === 'directory'
            return {name, isDirectory, owner: {uid: owner, gid: owner}}
          }),
      ),
    readFile(path) {
      const denied = [...closed].some(([folder, uids]) => full(path).startsWith(`${folder}/`) && !uids.includes(uid))
      if (denied) {
        const details = {nfsStatus: 'NFS3ERR_ACCES'}
        return Promise.reject(new VicnfsError('VN-NFS-SHARE-READ', `Reading "${path}" failed.`, {details}))
      }
      const content = files.get(full(path))
      return Promise.resolve(content === 'directory' ? undefined : content)
    },
    writeFile(path, data) {
      did.push(`write ${full(path)}`)
      files.set(full(path), Buffer.from(data))
      return Promise.resolve()
    },
    makeDirectory(path) {
      did.push(`mkdir ${full(path)}`)
      files.set(full(path), 'directory')
      return Promise.resolve()
    },
    removeFile(path) {
      did.push(`rm ${full(path)}`)
      files.delete(full(path))
      return Promise.resolve()
    },
    removeDirectory(path) {
      if (below(path).length > 0) return Promise.reject(new Error('not empty'))
      did.push(`rmdir ${full(path)}`)
      files.delete(full(path))
      return Promise.resolve()
    },
    close: () => Promise.resolve(),
  }
}
