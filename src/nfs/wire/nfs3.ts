import {nothing} from './codec.js'
import {NFS3_ARGUMENTS as A} from './nfs3-arguments.js'
import {NFS3_RESULTS as R} from './nfs3-results.js'
import {procedure} from './procedure.js'

/** The procedures of NFS version 3 (RFC 1813 § 3.3). */
export const NFS3 = {
  null: procedure(0, 'NULL', {arguments: nothing, result: nothing}),
  getattr: procedure(1, 'GETATTR', {arguments: A.handle, result: R.getattr}),
  setattr: procedure(2, 'SETATTR', {arguments: A.setattr, result: R.wcc}),
  lookup: procedure(3, 'LOOKUP', {arguments: A.entry, result: R.lookup}),
  access: procedure(4, 'ACCESS', {arguments: A.access, result: R.access}),
  readlink: procedure(5, 'READLINK', {arguments: A.handle, result: R.readlink}),
  read: procedure(6, 'READ', {arguments: A.read, result: R.read}),
  write: procedure(7, 'WRITE', {arguments: A.write, result: R.write}),
  create: procedure(8, 'CREATE', {arguments: A.create, result: R.created}),
  mkdir: procedure(9, 'MKDIR', {arguments: A.mkdir, result: R.created}),
  symlink: procedure(10, 'SYMLINK', {arguments: A.symlink, result: R.created}),
  mknod: procedure(11, 'MKNOD', {arguments: A.mknod, result: R.created}),
  remove: procedure(12, 'REMOVE', {arguments: A.entry, result: R.dirWcc}),
  rmdir: procedure(13, 'RMDIR', {arguments: A.entry, result: R.dirWcc}),
  rename: procedure(14, 'RENAME', {arguments: A.rename, result: R.rename}),
  link: procedure(15, 'LINK', {arguments: A.link, result: R.link}),
  readdir: procedure(16, 'READDIR', {arguments: A.readdir, result: R.readdir}),
  readdirplus: procedure(17, 'READDIRPLUS', {arguments: A.readdirplus, result: R.readdirplus}),
  fsstat: procedure(18, 'FSSTAT', {arguments: A.handle, result: R.fsstat}),
  fsinfo: procedure(19, 'FSINFO', {arguments: A.handle, result: R.fsinfo}),
  pathconf: procedure(20, 'PATHCONF', {arguments: A.handle, result: R.pathconf}),
  commit: procedure(21, 'COMMIT', {arguments: A.commit, result: R.commit}),
} as const

export type Nfs3Name = keyof typeof NFS3
