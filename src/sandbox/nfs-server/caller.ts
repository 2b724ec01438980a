import type {Credential} from '../../nfs/wire/rpc-message.js'
import type {ExportRule} from './export-options.js'

/** Who acts, after squashing. */
export interface Caller {
  readonly uid: number
  readonly gid: number
  readonly gids: ReadonlySet<number>
}

/** Owner and permission bits (07777) as NFS clients see them. */
export interface Ownership {
  readonly uid: number
  readonly gid: number
  readonly mode: number
}

export const MAY_READ = 4
export const MAY_WRITE = 2
export const MAY_EXECUTE = 1

const NO_ID = 0xff_ff_ff_ff

/** Squashes as the kernel's server does: each of uid, gid and groups on its own (exports(5), root_squash). */
export function callerOf(rule: ExportRule, credential: Credential): Caller {
  if (rule.allSquash || credential.flavor === 'none') return {uid: rule.anonUid, gid: rule.anonGid, gids: new Set()}
  const squashUid = (uid: number): number => ((rule.rootSquash && uid === 0) || uid === NO_ID ? rule.anonUid : uid)
  const squashGid = (gid: number): number => ((rule.rootSquash && gid === 0) || gid === NO_ID ? rule.anonGid : gid)
  return {
    uid: squashUid(credential.uid),
    gid: squashGid(credential.gid),
    gids: new Set(credential.gids.map((gid) => squashGid(gid))),
  }
}

export function isInGroup(caller: Caller, gid: number): boolean {
  return caller.gid === gid || caller.gids.has(gid)
}

/** Whether the permission bits grant all of `wanted`; root passes, except that executing a file needs one x bit. */
export function isGranted(caller: Caller, owner: Ownership, wanted: number, isDirectory: boolean): boolean {
  if (caller.uid === 0) return (wanted & MAY_EXECUTE) === 0 || isDirectory || (owner.mode & 0o111) !== 0
  const shift = caller.uid === owner.uid ? 6 : isInGroup(caller, owner.gid) ? 3 : 0
  return ((owner.mode >> shift) & wanted) === wanted
}

/** Sticky directory: only the owner of entry or directory, or root, may take the entry away. */
export function isKeptBySticky(caller: Caller, directory: Ownership, entry: Ownership): boolean {
  const sticky = (directory.mode & 0o1000) !== 0
  return sticky && caller.uid !== 0 && caller.uid !== directory.uid && caller.uid !== entry.uid
}
