import type {Rung, ShareAddress} from '../../../../src/nfs/preflight/report.js'
import {decode} from '../../../../src/nfs/wire/codec.js'
import {MOUNT3} from '../../../../src/nfs/wire/mount3.js'
import {NFS3} from '../../../../src/nfs/wire/nfs3.js'
import {NFS3_STATUS} from '../../../../src/nfs/wire/status.js'
import {mntStatus, nfsStatus, type MemoryShare} from '../../../helpers/memory-share.js'
import {refusingPort} from '../../../helpers/refusing-port.js'
import {answer, type Script} from '../../../helpers/scripted-rpc-server.js'

/** What is wrong with a share that is healthy else. */
export interface Scene {
  readonly script?: Script
  readonly arrange?: (share: MemoryShare) => void | Promise<void>
  readonly address?: Partial<ShareAddress>
  /** Ends by the limit of a rung only. */
  readonly hangs?: boolean
}

/** The failed rung of a ladder on a share that is healthy but for the scene. */
const mismatch = (low: number, high: number) => () => ({reply: {status: 'prog-mismatch', low, high}}) as const
const authError = (authStatus: number) => () => ({reply: {status: 'auth-error', authStatus}}) as const
const exportsOnly = (path: string, groups: string[]) => () => answer(MOUNT3.export, [{path, groups}])

/** READDIRPLUS as the share answers it, each entry robbed of one part. */
const bareListing = (part: 'attributes' | 'handle'): Script => ({
  'NFS.READDIRPLUS': () =>
    answer(NFS3.readdirplus, {
      ok: true,
      value: {
        dirAttributes: undefined,
        cookieVerifier: Buffer.alloc(8),
        entries: [{fileid: 1n, name: '.', cookie: 1n, attributes: WHOLE, handle: Buffer.alloc(8), [part]: undefined}],
        eof: true,
      },
    }),
})

const TIME = {seconds: 0, nanoseconds: 0}
const WHOLE = {
  ...{type: 2, mode: 0o755, nlink: 2, uid: 0, gid: 0, size: 0n, used: 0n, rdevMajor: 0, rdevMinor: 0},
  ...{fsid: 1n, fileid: 1n, atime: TIME, mtime: TIME, ctime: TIME},
}

/** What is wrong, the rung that fails, and words of its finding. */
export const SCENES: readonly (readonly [string, Scene, Partial<Rung>, string])[] = [
  [
    'a proxy that accepts and closes',
    {script: {'PORTMAP.GETPORT': () => 'close'}},
    {id: 'portmap', code: 'VN-NFS-PROXY'},
    'accepted the connection and closed it without an answer',
  ],
  [
    'a proxy that accepts and resets',
    {script: {'MOUNT.MNT': () => 'reset'}},
    {id: 'mountd', code: 'VN-NFS-PROXY'},
    'mountd at 127.0.0.1 port',
  ],
  [
    'a port mapper that hangs',
    {script: {'PORTMAP.GETPORT': () => 'silence'}, hangs: true},
    {id: 'portmap', code: 'VN-NFS-NO-ANSWER'},
    'took the connection and did not answer within',
  ],
  [
    'a server that goes away in the middle',
    {script: {'NFS.MKDIR': () => 'close'}},
    {id: 'write', code: 'VN-NFS-CLOSED'},
    'closed the connection before its answer',
  ],
  [
    'a program that is no port mapper',
    {script: {'PORTMAP.GETPORT': () => ({raw: Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')})}},
    {id: 'portmap', code: 'VN-NFS-GARBAGE'},
    'what is no RPC reply',
  ],
  [
    'an export for Kerberos only',
    {
      script: {
        'MOUNT.MNT': () =>
          answer(MOUNT3.mnt, {ok: true, value: {handle: Buffer.from('node:0'), flavors: [390003, 390005]}}),
      },
    },
    {id: 'mountd', code: 'VN-NFS-AUTH'},
    '390003, 390005',
  ],
  [
    'mountd not registered',
    {arrange: (share) => void (share.ports.mountd = 0)},
    {id: 'portmap', code: 'VN-NFS-NO-MOUNTD'},
    'GETPORT answered 0',
  ],
  [
    'nfsd not registered, the mount granted',
    {arrange: (share) => void (share.ports.nfsd = 0)},
    {id: 'nfsd', code: 'VN-NFS-NO-NFSD'},
    'NFSv4 only',
  ],
  [
    'a kernel without nfsd: mountd answers and refuses',
    {
      arrange: (share) => void (share.ports.nfsd = 0),
      script: {'MOUNT.MNT': () => mntStatus(13)},
    },
    {id: 'mountd', code: 'VN-NFS-NO-NFSD'},
    'a kernel without nfsd looks like this',
  ],
  [
    'a registration whose program died',
    {arrange: async (share) => void (share.ports.mountd = await refusingPort())},
    {id: 'mountd', code: 'VN-NFS-PORT-REFUSED'},
    'nobody listens there',
  ],
  [
    'a port that is none',
    {arrange: (share) => void (share.ports.mountd = 70_000)},
    {id: 'mountd', code: 'VN-NFS-GARBAGE'},
    '70000 is not a TCP port',
  ],
  [
    'a path that is not exported',
    {script: {'MOUNT.MNT': () => mntStatus(13), 'MOUNT.EXPORT': exportsOnly('/home/nfs', ['*'])}},
    {id: 'mountd', code: 'VN-NFS-NOT-EXPORTED'},
    'it exports /home/nfs',
  ],
  [
    'an NFSv4-only server that is registered all the same',
    {script: {'NFS.FSINFO': mismatch(4, 4)}},
    {id: 'fsinfo', code: 'VN-NFS-VERSION'},
    'offers versions 4 to 4: an NFSv4-only server; a VCH speaks version 3',
  ],
  [
    'an old mountd',
    {script: {'MOUNT.MNT': mismatch(1, 2)}},
    {id: 'mountd', code: 'VN-NFS-VERSION'},
    'offers versions 1 to 2; a VCH speaks version 3',
  ],
  [
    'another program at the port of mountd',
    {script: {'MOUNT.MNT': () => ({reply: {status: 'prog-unavail'}})}},
    {id: 'mountd', code: 'VN-NFS-PROGRAM'},
    'does not offer this program',
  ],
  [
    'a server that fails inside RPC',
    {script: {'NFS.FSINFO': () => ({reply: {status: 'system-err'}})}},
    {id: 'fsinfo', code: 'VN-NFS-RPC'},
    'failed inside',
  ],
  [
    'Ganesha with PrivilegedPort, or Kerberos',
    {script: {'NFS.FSINFO': authError(5)}},
    {id: 'fsinfo', code: 'VN-NFS-AUTH-TOOWEAK'},
    'AUTH_TOOWEAK',
  ],
  ['a refused credential', {script: {'NFS.FSINFO': authError(1)}}, {id: 'fsinfo', code: 'VN-NFS-AUTH'}, 'AUTH_BADCRED'],
  [
    'a read-only export',
    {script: {'NFS.MKDIR': () => nfsStatus('MKDIR', NFS3_STATUS.ROFS.number)}},
    {id: 'write', code: 'VN-NFS-READ-ONLY'},
    'NFS3ERR_ROFS: The share is exported read-only',
  ],
  [
    'a squashed root',
    {script: {'NFS.MKDIR': () => nfsStatus('MKDIR', NFS3_STATUS.ACCES.number)}, address: {uid: 0, gid: 0}},
    {id: 'write', code: 'VN-NFS-WRITE-DENIED'},
    'the server squashes root to nobody',
  ],
  [
    'a root of another user',
    {script: {'NFS.MKDIR': () => nfsStatus('MKDIR', NFS3_STATUS.ACCES.number)}},
    {id: 'write', code: 'VN-NFS-WRITE-DENIED'},
    'uid 1000, gid 1000 may not make folders in the root of the export: the root belongs to another user',
  ],
  [
    'a full volume',
    {script: {'NFS.MKDIR': () => nfsStatus('MKDIR', NFS3_STATUS.NOSPC.number)}},
    {id: 'write', code: 'VN-NFS-FULL'},
    'NFS3ERR_NOSPC',
  ],
  [
    'a disk with errors',
    {script: {'NFS.MKDIR': () => nfsStatus('MKDIR', NFS3_STATUS.IO.number)}},
    {id: 'write', code: 'VN-NFS-SERVER-FAULT'},
    'NFS3ERR_IO',
  ],
  [
    'a grace period',
    {script: {'NFS.MKDIR': () => nfsStatus('MKDIR', NFS3_STATUS.JUKEBOX.number)}},
    {id: 'write', code: 'VN-NFS-BUSY'},
    'called again later',
  ],
  [
    'a stale handle',
    {script: {'NFS.FSINFO': () => nfsStatus('FSINFO', NFS3_STATUS.STALE.number)}},
    {id: 'fsinfo', code: 'VN-NFS-STALE'},
    'NFS3ERR_STALE',
  ],
  [
    'a status that no rung expects',
    {script: {'NFS.LOOKUP': () => nfsStatus('LOOKUP', 4711)}},
    {id: 'lookup', code: 'VN-NFS-STATUS'},
    'status 4711',
  ],
  [
    'a folder that may not be looked into',
    {script: {'NFS.READDIRPLUS': () => nfsStatus('READDIRPLUS', NFS3_STATUS.ACCES.number)}},
    {id: 'readdirplus', code: 'VN-NFS-DENIED'},
    'NFS3ERR_ACCES',
  ],
  [
    'a file where a folder of the store belongs',
    {arrange: (share) => void share.add('volumes_metadata', Buffer.from('a file'))},
    {id: 'lookup', code: 'VN-NFS-NOT-A-DIRECTORY'},
    '"volumes_metadata" in the export is not a folder',
  ],
  [
    'no READDIRPLUS',
    {script: {'NFS.READDIRPLUS': () => nfsStatus('READDIRPLUS', NFS3_STATUS.NOTSUPP.number)}},
    {id: 'readdirplus', code: 'VN-NFS-READDIRPLUS'},
    'with READDIRPLUS only',
  ],
  [
    'READDIRPLUS without handles',
    {script: bareListing('handle')},
    {id: 'readdirplus', code: 'VN-NFS-READDIRPLUS-BARE'},
    '"." without handle',
  ],
  [
    'READDIRPLUS without attributes',
    {script: bareListing('attributes')},
    {id: 'readdirplus', code: 'VN-NFS-READDIRPLUS-BARE'},
    '"." without attributes',
  ],
  [
    'an export whose folders cannot be mounted',
    {
      script: {
        'MOUNT.MNT': (call) =>
          decode(MOUNT3.mnt.arguments, call.body).endsWith('/volumes')
            ? mntStatus(13)
            : answer(MOUNT3.mnt, {ok: true, value: {handle: Buffer.from('node:0'), flavors: [1]}}),
      },
    },
    {id: 'subfolder', code: 'VN-NFS-SUBFOLDER'},
    '/exports/data/volumes cannot',
  ],
  [
    'a name that does not resolve',
    {address: {host: 'x'.repeat(64)}},
    {id: 'portmap', code: 'VN-NFS-NAME'},
    'cannot be resolved',
  ],
]
