import type {Nfs3Name} from '../../../nfs/wire/nfs3.js'
import type {Attributes, WccData} from '../../../nfs/wire/nfs3-attributes.js'
import type {ArgumentsFor, FailureOf} from './procedure-types.js'

/** Attributes of the file that a handle means, if they can be had. */
export type Look = (handle: Buffer) => Attributes | undefined

type OfFile = (args: {readonly handle: Buffer}, look: Look) => {attributes: Attributes | undefined}
type OfDirectory = (args: {readonly dir: Buffer}, look: Look) => {dirAttributes: Attributes | undefined}

const wccAfter = (after: Attributes | undefined): WccData => ({before: undefined, after})
const file: OfFile = ({handle}, look) => ({attributes: look(handle)})
const directory: OfDirectory = ({dir}, look) => ({dirAttributes: look(dir)})
const fileWcc = ({handle}: {readonly handle: Buffer}, look: Look) => ({wcc: wccAfter(look(handle))})
const directoryWcc = ({dir}: {readonly dir: Buffer}, look: Look) => ({dirWcc: wccAfter(look(dir))})

/** What a failed procedure tells about its file or directory: the `resfail` of each (RFC 1813 § 3.3). */
export const FAILURES: {
  readonly [N in Exclude<Nfs3Name, 'null'>]: (args: ArgumentsFor<N>, look: Look) => FailureOf<N>
} = {
  getattr: () => ({}),
  setattr: fileWcc,
  lookup: directory,
  access: file,
  readlink: file,
  read: file,
  write: fileWcc,
  create: directoryWcc,
  mkdir: directoryWcc,
  symlink: directoryWcc,
  mknod: directoryWcc,
  remove: directoryWcc,
  rmdir: directoryWcc,
  rename: ({fromDir, toDir}, look) => ({fromDirWcc: wccAfter(look(fromDir)), toDirWcc: wccAfter(look(toDir))}),
  link: ({handle, dir}, look) => ({attributes: look(handle), dirWcc: wccAfter(look(dir))}),
  readdir: directory,
  readdirplus: directory,
  fsstat: file,
  fsinfo: file,
  pathconf: file,
  commit: fileWcc,
}
