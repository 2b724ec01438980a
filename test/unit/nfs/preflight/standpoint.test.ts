import {describe, expect, it} from '@jest/globals'
import {RpcError} from '../../../../src/nfs/client/rpc-error.js'
import {NfsStatusError} from '../../../../src/nfs/client/nfs-status-error.js'
import {diagnoseRpc} from '../../../../src/nfs/preflight/diagnose-rpc.js'
import {diagnoseStatus} from '../../../../src/nfs/preflight/diagnose-status.js'
import {hasPort} from '../../../../src/nfs/preflight/check-address.js'
import type {Standpoint} from '../../../../src/nfs/preflight/diagnosis.js'
import {MNT3_STATUS, NFS3_STATUS} from '../../../../src/nfs/wire/status.js'

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
