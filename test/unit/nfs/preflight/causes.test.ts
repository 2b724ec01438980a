import {afterEach, describe, expect, it} from '@jest/globals'
import {once} from 'node:events'
import {createServer, type AddressInfo} from 'node:net'
import {NFS_ERRORS} from '../../../../src/model/error-codes/nfs.js'
import {runPreflight} from '../../../../src/nfs/preflight/run-preflight.js'
import {RpcError} from '../../../../src/nfs/client/rpc-error.js'
import {NfsStatusError} from '../../../../src/nfs/client/nfs-status-error.js'
import {diagnoseRpc} from '../../../../src/nfs/preflight/diagnose-rpc.js'
import {diagnoseStatus} from '../../../../src/nfs/preflight/diagnose-status.js'
import {hasPort} from '../../../../src/nfs/preflight/check-address.js'
import type {Standpoint} from '../../../../src/nfs/preflight/diagnosis.js'
import type {Rung, ShareAddress} from '../../../../src/nfs/preflight/report.js'
import {decode, encode} from '../../../../src/nfs/wire/codec.js'
import {MOUNT3} from '../../../../src/nfs/wire/mount3.js'
import {NFS3} from '../../../../src/nfs/wire/nfs3.js'
import {MNT3_STATUS, NFS3_STATUS} from '../../../../src/nfs/wire/status.js'
import {mntStatus, nfsStatus, type MemoryShare} from '../../../helpers/memory-share.js'
import {answer, type Script} from '../../../helpers/scripted-rpc-server.js'
import {serveMemoryShare} from '../../../helpers/serve-memory-share.js'

const cleanUps: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0)) await cleanUp()
})

interface Scene {
  readonly script?: Script
  readonly arrange?: (share: MemoryShare) => void | Promise<void>
  readonly address?: Partial<ShareAddress>
  readonly rungTimeoutMs?: number
}

/** The failed rung of a ladder on a share that is healthy but for the scene. */
async function failedRung({script = {}, arrange, address = {}, rungTimeoutMs = 5000}: Scene): Promise<Rung> {
  const served = await serveMemoryShare(script)
  cleanUps.push(() => served.server.close())
  await arrange?.(served.share)
  const options = {portmapPort: served.server.port, rungTimeoutMs}
  const report = await runPreflight({...served.address, ...address}, options)
  const rung = report.rungs.find(({state}) => state === 'failed')
  if (rung === undefined) throw new Error('no rung failed')
  return rung
}

async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const {port} = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

const mismatch = (low: number, high: number) => () => ({reply: {status: 'prog-mismatch', low, high}}) as const
const authError = (authStatus: number) => () => ({reply: {status: 'auth-error', authStatus}}) as const
const exportsOnly = (path: string, groups: string[]) => () => encode(MOUNT3.export.result, [{path, groups}])

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

const SCENES: readonly (readonly [string, Scene, Partial<Rung>, string])[] = [
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
    {script: {'PORTMAP.GETPORT': () => 'silence'}, rungTimeoutMs: 100},
    {id: 'portmap', code: 'VN-NFS-NO-ANSWER'},
    'did not answer within 100 ms',
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
    {arrange: async (share) => void (share.ports.mountd = await closedPort())},
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
            : encode(MOUNT3.mnt.result, {ok: true, value: {handle: Buffer.from('node:0'), flavors: [1]}}),
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

describe('the cause of a failed rung in words', () => {
  it.each(SCENES)('%s', async (_what, scene, expected, words) => {
    const rung = await failedRung(scene)
    expect(rung).toMatchObject(expected)
    expect(rung.finding).toContain(words)
    expect(rung.tries?.length).toBeLessThanOrEqual(2)
    expect(Object.keys(NFS_ERRORS)).toContain(rung.code)
  })

  it('nobody at the port of the port mapper', async () => {
    const address = {host: '127.0.0.1', path: '/exports/data', uid: 0, gid: 0}
    const report = await runPreflight(address, {portmapPort: await closedPort()})
    expect(report.rungs[0]).toMatchObject({state: 'failed', code: 'VN-NFS-REFUSED'})
    expect(report.rungs[0]?.finding).toContain('no port mapper (rpcbind) listens there')
  })

  const refusals = Object.entries(MNT3_STATUS).filter(([key]) => key !== 'OK' && key !== 'ACCES')
  it.each(refusals)('mountd answers MNT3ERR_%s', async (key, {number, meaning}) => {
    const rung = await failedRung({script: {'MOUNT.MNT': () => mntStatus(number)}})
    expect(rung).toMatchObject({id: 'mountd', code: `VN-NFS-MNT-${key}`})
    expect(rung.finding).toBe(`MNT3ERR_${key}: mountd refuses /exports/data. ${meaning}`)
  })

  it('mountd answers a status that does not exist', async () => {
    const rung = await failedRung({script: {'MOUNT.MNT': () => mntStatus(99)}})
    expect(rung).toMatchObject({id: 'mountd', code: 'VN-NFS-MNT-UNKNOWN'})
  })
})

const STAND: Standpoint = {
  ...{host: '10.0.0.9', path: '/home/nfs', uid: 0, gid: 0, rungTimeoutMs: 5000, portmapPort: 111},
  ...{service: 'mountd', port: 32767, privilegedPort: true},
}

describe('causes that depend on where we stand', () => {
  const refusal = new NfsStatusError('MOUNT', 'MNT', MNT3_STATUS.ACCES.number)
  const after = {exports: [{path: '/home/nfs', groups: ['10.0.0.0/24']}], nfsRegistered: true}

  it('MNT3ERR_ACCES from an unprivileged port points at the source port first', () => {
    const stand = {...STAND, privilegedPort: false}
    const found = diagnoseStatus(refusal, stand, {rung: 'mountd', after: {...after, exports: undefined}})
    expect(found.code).toBe('VN-NFS-SECURE-EXPORT')
    expect(found.finding).toContain('our source port is unprivileged')
    expect(found.tries).toEqual(["sudo vicnfs preflight 'nfs://10.0.0.9/home/nfs?uid=0&gid=0'"])
  })

  it('MNT3ERR_ACCES from a privileged port names the clients and the capabilities, not the source port', () => {
    const found = diagnoseStatus(refusal, STAND, {rung: 'mountd', after})
    expect(found.code).toBe('VN-NFS-MNT-ACCES')
    expect(found.finding).toContain('not among the allowed clients (10.0.0.0/24)')
    expect(found.finding).toContain('DAC_READ_SEARCH')
    expect(found.finding).not.toContain('source port')
    expect(found.tries).toEqual(['showmount -e 10.0.0.9'])
  })

  it('a path below an export may be missing, as Ganesha answers', () => {
    const stand = {...STAND, path: '/home/nfs/team'}
    const found = diagnoseStatus(refusal, stand, {rung: 'mountd', after})
    expect(found.finding).toContain('the folder does not exist')
    const other = diagnoseStatus(refusal, {...STAND, path: '/home/nfs-other'}, {rung: 'mountd', after})
    expect(other.code).toBe('VN-NFS-NOT-EXPORTED')
  })

  it.each([
    ['the innermost export that covers the path', ['/', '/home', '/home/nfs'], '/home/nfs'],
    ['an export that is listed with a slash at its end', ['/home/nfs/'], '/home/nfs'],
    ['a path that was given with a slash at its end', ['/home/nfs'], '/home/nfs/'],
  ])('MNT3ERR_ACCES is explained by %s', (_what, paths, path) => {
    const exports = paths.map((each) => ({path: each, groups: [`clients of ${each}`]}))
    const found = diagnoseStatus(refusal, {...STAND, path}, {rung: 'mountd', after: {...after, exports}})
    expect(found.code).toBe('VN-NFS-MNT-ACCES')
    expect(found.finding).toContain(`(clients of ${paths.at(-1)})`)
    expect(found.finding).not.toContain('does not exist')
  })

  it('FSINFO denied to an unprivileged port is a secure export, to a privileged one it is not', () => {
    const denied = new NfsStatusError('NFS', 'FSINFO', NFS3_STATUS.PERM.number)
    const context = {rung: 'fsinfo', after: {exports: undefined, nfsRegistered: undefined}} as const
    expect(diagnoseStatus(denied, {...STAND, privilegedPort: false}, context).code).toBe('VN-NFS-SECURE-EXPORT')
    expect(diagnoseStatus(denied, STAND, context).code).toBe('VN-NFS-DENIED')
  })

  it('AUTH_TOOWEAK means the source port only when it was unprivileged', () => {
    const reply = {xid: 1, status: 'auth-error', authStatus: 5} as const
    const error = new RpcError('rejected', 'refused', {reply, answered: true})
    const found = diagnoseRpc(error, {...STAND, privilegedPort: false})
    expect(found.finding).toContain('demands a source port below 1024')
    expect(found.tries[0]).toMatch(/^sudo vicnfs preflight/)
    expect(diagnoseRpc(error, STAND).finding).toContain('demands more than AUTH_SYS')
  })

  it.each([
    ['unreachable', 'VN-NFS-UNREACHABLE', 'no route'],
    ['connect-timeout', 'VN-NFS-TIMEOUT', 'did not take the connection within 5000 ms'],
    ['failed', 'VN-NFS-CONNECTION', 'the words of the system'],
  ] as const)('%s', (failure, code, words) => {
    const found = diagnoseRpc(new RpcError(failure, 'the words of the system'), STAND)
    expect(found.code).toBe(code)
    expect(found.finding).toContain(words)
  })

  it('commands are offered only where they would ask the same port mapper', () => {
    const error = new RpcError('not-registered', '')
    expect(diagnoseRpc(error, STAND).tries).toEqual(['rpcinfo -p 10.0.0.9'])
    expect(diagnoseRpc(error, {...STAND, portmapPort: 10111}).tries).toEqual([])
  })
})

describe('hasPort', () => {
  it.each(['10.0.0.9', 'nfs.example.com', '::1', 'fe80::1', '2001:db8::9', '[::1]'])('none in %s', (host) => {
    expect(hasPort(host)).toBe(false)
  })
  it.each(['10.0.0.9:2049', 'nfs:111', 'nfs:', '[::1]:2049'])('one in %s', (host) => {
    expect(hasPort(host)).toBe(true)
  })
})
